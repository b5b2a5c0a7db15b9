"""Formulas that people really use, each with its source.

Test input for ``adiff``: every text is one expression in adiff's language (and at the same time a
valid Python expression), ``at`` is a realistic, well-conditioned point which binds every name in
it, and ``value`` is given where a hand calculation (or the source) gives the exact value there.
Angles are in radians.  The units are those in which the numbers are of ordinary size; they are
stated beside the points where they are not obvious.
"""

from __future__ import annotations

from typing import NamedTuple


class Formula(NamedTuple):
    """One formula from the literature, with a point at which to differentiate it."""

    name: str
    text: str
    at: dict[str, float]
    source: str
    value: str | None = None


FORMULAS: tuple[Formula, ...] = (
    # ----------------------------------------------------------------------------------- physics
    Formula(
        name="Planck's law, spectral radiance by wavelength",
        # wavelength in micrometres, c1 = 2*h*c**2 in W um**4/(m**2 sr), c2 = h*c/k in um K
        text="c1/(wl**5*(exp(c2/(wl*T))-1))",
        at={"c1": 1.191042972e8, "c2": 14387.76877, "wl": 0.9, "T": 5772.0},
        source=(
            "M. Planck, Ueber das Gesetz der Energieverteilung im Normalspectrum, Annalen der "
            "Physik 309 (4. Folge 4), 553-563, 1901; radiation constants: CODATA 2018"
        ),
    ),
    Formula(
        name="Van der Waals equation of state, pressure",
        # carbon dioxide; litre, bar, mole, kelvin
        text="n*R*T/(V-n*b)-a*n**2/V**2",
        at={"n": 2.0, "R": 0.08314, "T": 320.0, "V": 10.0, "a": 3.64, "b": 0.04267},
        source=(
            "J. D. van der Waals, Over de Continuiteit van den Gas- en Vloeistoftoestand, thesis, "
            "Leiden, 1873; as in P. Atkins, J. de Paula, Physical Chemistry, Oxford University "
            "Press, chapter on the properties of gases"
        ),
    ),
    Formula(
        name="Breit-Wigner cross section of the Z resonance",
        # energies and widths in GeV, result in 1/GeV**2; LEP ran at 130 GeV, too
        text="12*pi/M**2*E**2*Gee*Gff/((E**2-M**2)**2+E**4*G**2/M**2)",
        at={"M": 91.1875, "E": 130.0, "G": 2.4952, "Gee": 0.08391, "Gff": 1.7444},
        source=(
            "The ALEPH, DELPHI, L3, OPAL and SLD Collaborations et al., Precision electroweak "
            "measurements on the Z resonance, Physics Reports 427, 257-454, 2006, chapter 1 "
            "(Z exchange term, without the QED factor)"
        ),
    ),
    Formula(
        name="Lennard-Jones potential",
        # argon: eps/k in kelvin, lengths in angstrom
        text="4*eps*((s/r)**12-(s/r)**6)",
        at={"eps": 120.0, "s": 3.4, "r": 5.0},
        source=(
            "J. E. Jones, On the Determination of Molecular Fields. II. From the Equation of "
            "State of a Gas, Proceedings of the Royal Society A 106, 463-477, 1924; argon "
            "parameters: A. Rahman, Correlations in the Motion of Atoms in Liquid Argon, "
            "Physical Review 136, A405-A411, 1964"
        ),
    ),
    Formula(
        name="Morse potential",
        # about that of the hydrogen molecule: eV, angstrom
        text="D*(1-exp(-a*(r-r0)))**2",
        at={"D": 4.75, "a": 1.94, "r": 1.3, "r0": 0.741},
        source=(
            "P. M. Morse, Diatomic Molecules According to the Wave Mechanics. II. Vibrational "
            "Levels, Physical Review 34, 57-64, 1929"
        ),
    ),
    Formula(
        name="Klein-Nishina differential cross section",
        # r is the classical electron radius in fm, k the photon energy over m*c**2 (662 keV)
        text="0.5*r**2/(1+k*(1-cos(th)))**2*(1+k*(1-cos(th))+1/(1+k*(1-cos(th)))-sin(th)**2)",
        at={"r": 2.8179403, "k": 1.2948, "th": 1.1},
        source=(
            "O. Klein, Y. Nishina, Ueber die Streuung von Strahlung durch freie Elektronen nach "
            "der neuen relativistischen Quantendynamik von Dirac, Zeitschrift fuer Physik 52, "
            "853-868, 1929"
        ),
    ),
    Formula(
        name="Lensmaker's equation for a thick lens, optical power",
        # lengths in cm; by hand: 0.5*(0.05 + 0.04 + 0.5*3/(1.5*20*(-25))) = 0.5*0.088
        text="(n-1)*(1/R1-1/R2+(n-1)*d/(n*R1*R2))",
        at={"n": 1.5, "R1": 20.0, "R2": -25.0, "d": 3.0},
        source="E. Hecht, Optics, 5th edition, Pearson, 2017, section 6.1 (thick lenses)",
        value="0.044",
    ),
    Formula(
        name="Maxwell-Boltzmann distribution of speeds",
        # nitrogen, per mole: kg/mol, J/(mol K), K, m/s
        text="4*pi*(M/(2*pi*R*T))**1.5*v**2*exp(-M*v**2/(2*R*T))",
        at={"M": 0.028, "R": 8.314, "T": 300.0, "v": 250.0},
        source=(
            "J. C. Maxwell, Illustrations of the Dynamical Theory of Gases, Philosophical "
            "Magazine 19, 19-32, 1860; F. Reif, Fundamentals of Statistical and Thermal Physics, "
            "McGraw-Hill, 1965, chapter 7"
        ),
    ),
    Formula(
        name="Bose-Einstein occupation number",
        # eV, eV/K, K
        text="1/expm1((E-mu)/(k*T))",
        at={"E": 0.04, "mu": -0.01, "k": 8.617333e-5, "T": 300.0},
        source=(
            "A. Einstein, Quantentheorie des einatomigen idealen Gases, Sitzungsberichte der "
            "Preussischen Akademie der Wissenschaften, 261-267, 1924; R. K. Pathria, Statistical "
            "Mechanics, Pergamon, 1972, chapters 6 and 7"
        ),
    ),
    Formula(
        name="Pendulum period with amplitude correction",
        text="2*pi*sqrt(L/g)*(1+th**2/16+11*th**4/3072)",
        at={"L": 0.75, "g": 9.81, "th": 0.6},
        source=(
            "R. A. Nelson, M. G. Olsson, The pendulum - Rich physics from a simple system, "
            "American Journal of Physics 54, 112-121, 1986"
        ),
    ),
    Formula(
        name="Impedance of a series RLC circuit",
        # ohm, rad/s, henry, farad; by hand: 200 - 100 = 100, and 240, 100, 260 is 12, 5, 13
        text="sqrt(R**2+(w*L-1/(w*C))**2)",
        at={"R": 240.0, "w": 1000.0, "L": 0.2, "C": 1e-5},
        source=(
            "D. Halliday, R. Resnick, J. Walker, Fundamentals of Physics, Wiley, chapter on "
            "electromagnetic oscillations and alternating current"
        ),
        value="260",
    ),
    Formula(
        name="Range of a shot put, released above the ground",
        text="v*cos(th)/g*(v*sin(th)+sqrt((v*sin(th))**2+2*g*h))",
        at={"v": 13.5, "th": 0.5, "g": 9.81, "h": 2.1},
        source=(
            "D. B. Lichtenberg, J. G. Wills, Maximizing the range of the shot put, American "
            "Journal of Physics 46, 546-549, 1978"
        ),
    ),
    Formula(
        name="Semi-empirical mass formula, binding energy of an odd nucleus",
        # MeV; zirconium-99, rich in neutrons: a product of fission
        text="a_v*A-a_s*A**(2/3)-a_c*Z*(Z-1)/A**(1/3)-a_sym*(A-2*Z)**2/A",
        at={"a_v": 15.5, "a_s": 16.8, "a_c": 0.72, "a_sym": 23.0, "A": 99.0, "Z": 40.0},
        source=(
            "K. S. Krane, Introductory Nuclear Physics, Wiley, 1988, section 3.3; after C. F. von "
            "Weizsaecker, Zur Theorie der Kernmassen, Zeitschrift fuer Physik 96, 431-458, 1935"
        ),
    ),
    Formula(
        name="Deviation of a ray by a prism",
        text="th-A+asin(sin(A)*sqrt(n**2-sin(th)**2)-sin(th)*cos(A))",
        at={"th": 0.9, "A": 1.0, "n": 1.5168},
        source="E. Hecht, Optics, 5th edition, Pearson, 2017, section 5.5 (prisms)",
    ),
    Formula(
        name="Horizontal velocity under a linear (Airy) water wave",
        # the frequency comes from the dispersion relation w**2 = g*k*tanh(k*h)
        text="0.5*H*sqrt(g*k*tanh(k*h))*cosh(k*(h+z))/sinh(k*h)*cos(k*x-sqrt(g*k*tanh(k*h))*t)",
        at={"H": 1.2, "g": 9.81, "k": 0.4, "h": 3.0, "z": -1.0, "x": 2.0, "t": 0.9},
        source=(
            "R. G. Dean, R. A. Dalrymple, Water Wave Mechanics for Engineers and Scientists, "
            "World Scientific, 1991, chapters 3 and 4"
        ),
    ),
    # ------------------------------------------------------------------ the earth and its weather
    Formula(
        name="Great-circle distance by the haversine formula",
        text="2*R*asin(sqrt(sin((p2-p1)/2)**2+cos(p1)*cos(p2)*sin((q2-q1)/2)**2))",
        at={"R": 6371.0, "p1": 0.72, "p2": 0.62, "q1": -0.2, "q2": 1.1},
        source="R. W. Sinnott, Virtues of the Haversine, Sky and Telescope 68 (2), 158-159, 1984",
    ),
    Formula(
        name="Azimuth of a great circle",
        text="atan2(cos(p)*sin(q-q0),cos(p0)*sin(p)-sin(p0)*cos(p)*cos(q-q0))",
        at={"p0": 0.6, "q0": -0.2, "p": 0.35, "q": 0.5},
        source=(
            "J. P. Snyder, Map Projections - A Working Manual, U.S. Geological Survey "
            "Professional Paper 1395, 1987, section 5 (azimuth on the sphere)"
        ),
    ),
    Formula(
        name="Extraterrestrial radiation for a day (FAO-56)",
        # FAO-56, example 8: 3 September at 20 degrees south, there 32.2 MJ/(m**2 day)
        text=(
            "24*60/pi*Gsc*dr*(acos(-tan(phi)*tan(delta))*sin(phi)*sin(delta)"
            "+cos(phi)*cos(delta)*sin(acos(-tan(phi)*tan(delta))))"
        ),
        at={"Gsc": 0.082, "dr": 0.985, "phi": -0.35, "delta": 0.12},
        source=(
            "R. G. Allen, L. S. Pereira, D. Raes, M. Smith, Crop evapotranspiration, FAO "
            "Irrigation and Drainage Paper 56, Rome, 1998, equations 21 and 25"
        ),
    ),
    Formula(
        name="Wet-bulb temperature from temperature and humidity (Stull)",
        # degrees Celsius and per cent; the paper's example has T = 20, RH = 50
        text=(
            "T*atan(0.151977*(RH+8.313659)**0.5)+atan(T+RH)-atan(RH-1.676331)"
            "+0.00391838*RH**1.5*atan(0.023101*RH)-4.686035"
        ),
        at={"T": 20.0, "RH": 50.0},
        source=(
            "R. Stull, Wet-Bulb Temperature from Relative Humidity and Air Temperature, Journal "
            "of Applied Meteorology and Climatology 50, 2267-2269, 2011, equation 1"
        ),
    ),
    # ---------------------------------------------------------------------- chemistry and biology
    Formula(
        name="Modified Arrhenius rate constant",
        # H + O2 -> O + OH of GRI-Mech 3.0: cm, mol, s, cal, K
        text="A*T**b*exp(-E/(R*T))",
        at={"A": 2.65e16, "T": 1500.0, "b": -0.6707, "E": 17041.0, "R": 1.987},
        source=(
            "R. J. Kee, F. M. Rupley, J. A. Miller, Chemkin-II: A Fortran Chemical Kinetics "
            "Package, Sandia National Laboratories report SAND89-8009, 1989; coefficients: "
            "G. P. Smith et al., GRI-Mech 3.0"
        ),
    ),
    Formula(
        name="Butler-Volmer equation",
        text="j0*(exp(-alpha*F*eta/(R*T))-exp((1-alpha)*F*eta/(R*T)))",
        at={"j0": 1.5, "alpha": 0.4, "F": 96485.33, "eta": -0.06, "R": 8.314, "T": 298.15},
        source=(
            "A. J. Bard, L. R. Faulkner, Electrochemical Methods: Fundamentals and Applications, "
            "2nd edition, Wiley, 2001, section 3.4"
        ),
    ),
    Formula(
        name="Antoine equation",
        # water: mmHg, degrees Celsius
        text="10**(A-B/(C+T))",
        at={"A": 8.07131, "B": 1730.63, "C": 233.426, "T": 80.0},
        source=(
            "C. Antoine, Tensions des vapeurs: nouvelle relation entre les tensions et les "
            "temperatures, Comptes Rendus de l'Academie des Sciences 107, 681-684, 1888"
        ),
    ),
    Formula(
        name="Grahame equation, surface potential of a charged surface",
        # SI units, the concentration in mol/m**3
        text="2*R*T/(z*F)*asinh(s/sqrt(8*eps*R*T*c))",
        at={
            "R": 8.314,
            "T": 298.15,
            "z": 1.0,
            "F": 96485.33,
            "s": 0.05,
            "eps": 6.95e-10,
            "c": 100.0,
        },
        source=(
            "D. C. Grahame, The Electrical Double Layer and the Theory of Electrocapillarity, "
            "Chemical Reviews 41, 441-501, 1947"
        ),
    ),
    Formula(
        name="Michaelis-Menten rate with mixed inhibition",
        # by hand: 20/(1.5 + 2.5)
        text="V*S/(Km*(1+I/Kc)+S*(1+I/Ku))",
        at={"V": 10.0, "S": 2.0, "Km": 1.0, "I": 1.0, "Kc": 2.0, "Ku": 4.0},
        source=(
            "A. Cornish-Bowden, Fundamentals of Enzyme Kinetics, 4th edition, Wiley-Blackwell, "
            "2012, chapter on reversible inhibition"
        ),
        value="5",
    ),
    Formula(
        name="Hill equation",
        # by hand: 9/(2**3 + 1)
        text="V*x**n/(K**n+x**n)",
        at={"V": 9.0, "x": 1.5, "K": 3.0, "n": 3.0},
        source=(
            "A. V. Hill, The possible effects of the aggregation of the molecules of haemoglobin "
            "on its dissociation curves, Journal of Physiology 40 (supplement), iv-vii, 1910"
        ),
        value="1",
    ),
    Formula(
        name="Goldman-Hodgkin-Katz voltage equation",
        # squid axon: mV with R in mJ/(mol K) over F, mmol/l, relative permeabilities
        text="R*T/F*(log(PK*Ko+PNa*Nao+PCl*Cli)-log(PK*Ki+PNa*Nai+PCl*Clo))",
        at={
            "R": 8314.0,
            "T": 291.0,
            "F": 96485.33,
            "PK": 1.0,
            "PNa": 0.04,
            "PCl": 0.45,
            "Ko": 20.0,
            "Nao": 440.0,
            "Cli": 108.0,
            "Ki": 400.0,
            "Nai": 50.0,
            "Clo": 560.0,
        },
        source=(
            "A. L. Hodgkin, B. Katz, The effect of sodium ions on the electrical activity of the "
            "giant axon of the squid, Journal of Physiology 108, 37-77, 1949; D. E. Goldman, "
            "Potential, impedance, and rectification in membranes, Journal of General Physiology "
            "27, 37-60, 1943"
        ),
    ),
    Formula(
        name="Bateman function, plasma level after an oral dose",
        # mg, l, 1/h, h
        text="F*D*ka/(V*(ka-ke))*(exp(-ke*t)-exp(-ka*t))",
        at={"F": 0.8, "D": 500.0, "ka": 1.5, "V": 35.0, "ke": 0.2, "t": 1.0},
        source=(
            "M. Gibaldi, D. Perrier, Pharmacokinetics, 2nd edition, Marcel Dekker, 1982, chapter "
            "1; after H. Bateman, Proceedings of the Cambridge Philosophical Society 15, 423-427, "
            "1910"
        ),
    ),
    Formula(
        name="Logistic growth",
        text="K/(1+(K/N0-1)*exp(-r*t))",
        at={"K": 100.0, "N0": 8.0, "r": 0.7, "t": 2.0},
        source=(
            "P.-F. Verhulst, Notice sur la loi que la population suit dans son accroissement, "
            "Correspondance mathematique et physique 10, 113-121, 1838; J. D. Murray, "
            "Mathematical Biology I, 3rd edition, Springer, 2002, section 1.1"
        ),
    ),
    # ------------------------------------------------------------------------------------ finance
    Formula(
        name="Black-Scholes price of a European call",
        text=(
            "S*0.5*(1+erf((log(S/K)+(r+s**2/2)*T)/(s*sqrt(T))/sqrt(2)))"
            "-K*exp(-r*T)*0.5*(1+erf((log(S/K)+(r-s**2/2)*T)/(s*sqrt(T))/sqrt(2)))"
        ),
        at={"S": 42.0, "K": 40.0, "r": 0.1, "s": 0.25, "T": 2.0},
        source=(
            "F. Black, M. Scholes, The Pricing of Options and Corporate Liabilities, Journal of "
            "Political Economy 81, 637-654, 1973"
        ),
    ),
    Formula(
        name="Black-Scholes-Merton price of a European put with a dividend yield",
        text=(
            "K*exp(-r*T)*0.5*erfc((log(S/K)+(r-q-s**2/2)*T)/(s*sqrt(2*T)))"
            "-S*exp(-q*T)*0.5*erfc((log(S/K)+(r-q+s**2/2)*T)/(s*sqrt(2*T)))"
        ),
        at={"S": 80.0, "K": 100.0, "r": 0.03, "q": 0.02, "s": 0.3, "T": 1.5},
        source=(
            "R. C. Merton, Theory of Rational Option Pricing, Bell Journal of Economics and "
            "Management Science 4, 141-183, 1973"
        ),
    ),
    Formula(
        name="Payment of a level annuity",
        text="P*r/(-expm1(-n*log1p(r)))",
        at={"P": 1000.0, "r": 0.06, "n": 25.0},
        source=(
            "S. G. Kellison, The Theory of Interest, 3rd edition, McGraw-Hill, 2009, chapter 3 "
            "(basic annuities)"
        ),
    ),
    Formula(
        name="Price of a coupon bond from its yield",
        text="c*(1-(1+y)**(-n))/y+F*(1+y)**(-n)",
        at={"c": 4.5, "y": 0.08, "n": 12.0, "F": 100.0},
        source=(
            "F. J. Fabozzi, Bond Markets, Analysis, and Strategies, Pearson, chapter 2 (pricing "
            "of bonds)"
        ),
    ),
    Formula(
        name="Vasicek price of a zero-coupon bond",
        text=(
            "exp(((1-exp(-a*T))/a-T)*(b-s**2/(2*a**2))"
            "-s**2*(1-exp(-a*T))**2/(4*a**3)-r*(1-exp(-a*T))/a)"
        ),
        at={"a": 0.7, "T": 5.0, "b": 0.06, "s": 0.12, "r": 0.03},
        source=(
            "O. Vasicek, An equilibrium characterization of the term structure, Journal of "
            "Financial Economics 5, 177-188, 1977 (market price of risk 0)"
        ),
    ),
    Formula(
        name="SABR implied volatility at the money",
        text=(
            "alpha/f**(1-beta)*(1+((1-beta)**2/24*alpha**2/f**(2-2*beta)"
            "+rho*beta*nu*alpha/(4*f**(1-beta))+(2-3*rho**2)/24*nu**2)*T)"
        ),
        at={"alpha": 0.25, "f": 1.4, "beta": 0.6, "rho": -0.35, "nu": 0.8, "T": 2.0},
        source=(
            "P. S. Hagan, D. Kumar, A. S. Lesniewski, D. E. Woodward, Managing Smile Risk, "
            "Wilmott Magazine, September 2002, 84-108"
        ),
    ),
    Formula(
        name="Kelly growth rate of a bettor",
        text="p*log(1+b*f)+(1-p)*log(1-f)",
        at={"p": 0.55, "b": 1.5, "f": 0.4},
        source=(
            "J. L. Kelly, A New Interpretation of Information Rate, Bell System Technical Journal "
            "35, 917-926, 1956; in this form: E. O. Thorp, The Kelly Criterion in Blackjack, "
            "Sports Betting, and the Stock Market, in Handbook of Asset and Liability Management, "
            "volume 1, Elsevier, 2006"
        ),
    ),
    Formula(
        name="Standard deviation of a portfolio of two assets",
        # by hand: sqrt(2*0.0144*(1 + 0.28)) = sqrt(0.036864)
        text="sqrt(w**2*s1**2+(1-w)**2*s2**2+2*w*(1-w)*rho*s1*s2)",
        at={"w": 0.6, "s1": 0.2, "s2": 0.3, "rho": 0.28},
        source="H. Markowitz, Portfolio Selection, Journal of Finance 7, 77-91, 1952",
        value="0.192",
    ),
    # --------------------------------------------------------------------------------- statistics
    Formula(
        name="Log density of the normal distribution",
        text="-0.5*log(2*pi*s**2)-(x-mu)**2/(2*s**2)",
        at={"x": 2.3, "mu": 0.4, "s": 1.25},
        source=(
            "C. M. Bishop, Pattern Recognition and Machine Learning, Springer, 2006, section "
            "1.2.4 (the Gaussian distribution)"
        ),
    ),
    Formula(
        name="Cross entropy of logistic regression",
        text="-y*log(sigmoid(a+b*x))-(1-y)*log(1-sigmoid(a+b*x))",
        at={"y": 0.9, "a": -0.4, "b": 0.7, "x": 1.2},
        source=(
            "D. R. Cox, The Regression Analysis of Binary Sequences, Journal of the Royal "
            "Statistical Society B 20, 215-242, 1958; C. M. Bishop, Pattern Recognition and "
            "Machine Learning, Springer, 2006, section 4.3.2"
        ),
    ),
    Formula(
        name="Gumbel density",
        text="exp(-(x-mu)/b-exp(-(x-mu)/b))/b",
        at={"x": 2.0, "mu": 1.2, "b": 1.4},
        source="E. J. Gumbel, Statistics of Extremes, Columbia University Press, 1958",
    ),
    Formula(
        name="Weibull density",
        text="k/s*(x/s)**(k-1)*exp(-(x/s)**k)",
        at={"k": 1.7, "s": 2.2, "x": 3.3},
        source=(
            "W. Weibull, A Statistical Distribution Function of Wide Applicability, Journal of "
            "Applied Mechanics 18, 293-297, 1951"
        ),
    ),
    Formula(
        name="Laplace density",
        text="exp(-abs(x-mu)/b)/(2*b)",
        at={"x": -1.3, "mu": 0.5, "b": 1.2},
        source=(
            "N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions, volume "
            "2, 2nd edition, Wiley, 1995, chapter 24"
        ),
    ),
    Formula(
        name="Kullback-Leibler divergence of two normal distributions",
        text="log(s2/s1)+(s1**2+(m1-m2)**2)/(2*s2**2)-0.5",
        at={"m1": 1.0, "m2": -0.5, "s1": 0.8, "s2": 1.9},
        source=(
            "S. Kullback, R. A. Leibler, On Information and Sufficiency, Annals of Mathematical "
            "Statistics 22, 79-86, 1951; S. Kullback, Information Theory and Statistics, Wiley, "
            "1959, chapter 9"
        ),
    ),
    Formula(
        name="Fisher's z test of a correlation coefficient",
        text="(atanh(r)-atanh(rho))*sqrt(n-3)",
        at={"r": 0.72, "rho": 0.3, "n": 28.0},
        source=(
            "R. A. Fisher, On the 'probable error' of a coefficient of correlation deduced from a "
            "small sample, Metron 1, 3-32, 1921"
        ),
    ),
    # --------------------------------------------------------------- optimisation test functions
    Formula(
        name="Rosenbrock function",
        # the usual starting point; by hand: 100*0.44**2 + 2.2**2
        text="100*(y-x**2)**2+(1-x)**2",
        at={"x": -1.2, "y": 1.0},
        source=(
            "H. H. Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a "
            "Function, Computer Journal 3, 175-184, 1960"
        ),
        value="24.2",
    ),
    Formula(
        name="Beale function",
        # by hand: 0.5**2 + 0.75**2 + 0.875**2
        text="(1.5-x+x*y)**2+(2.25-x+x*y**2)**2+(2.625-x+x*y**3)**2",
        at={"x": 2.0, "y": 0.5},
        source=(
            "J. J. More, B. S. Garbow, K. E. Hillstrom, Testing Unconstrained Optimization "
            "Software, ACM Transactions on Mathematical Software 7, 17-41, 1981, problem 5"
        ),
        value="1.578125",
    ),
    Formula(
        name="Himmelblau function",
        # by hand: (2.25 - 0.5 - 11)**2 + (1.5 + 0.25 - 7)**2 = 85.5625 + 27.5625
        text="(x**2+y-11)**2+(x+y**2-7)**2",
        at={"x": 1.5, "y": -0.5},
        source="D. M. Himmelblau, Applied Nonlinear Programming, McGraw-Hill, 1972",
        value="113.125",
    ),
    Formula(
        name="Booth function",
        # by hand: (1.5 - 1 - 7)**2 + (3 - 0.5 - 5)**2 = 42.25 + 6.25
        text="(x+2*y-7)**2+(2*x+y-5)**2",
        at={"x": 1.5, "y": -0.5},
        source=(
            "M. Jamil, X.-S. Yang, A Literature Survey of Benchmark Functions for Global "
            "Optimisation Problems, International Journal of Mathematical Modelling and Numerical "
            "Optimisation 4, 150-194, 2013"
        ),
        value="48.5",
    ),
    Formula(
        name="Branin function",
        text="(y-5.1/(4*pi**2)*x**2+5/pi*x-6)**2+10*(1-1/(8*pi))*cos(x)+10",
        at={"x": 5.5, "y": 8.0},
        source=(
            "F. H. Branin, Widely convergent method for finding multiple solutions of "
            "simultaneous nonlinear equations, IBM Journal of Research and Development 16, "
            "504-522, 1972; in this form: L. C. W. Dixon, G. P. Szegoe (editors), Towards Global "
            "Optimisation 2, North-Holland, 1978"
        ),
    ),
    Formula(
        name="Goldstein-Price function",
        # by hand: (1 + 9*3)*(30 + 1*37) = 28*67
        text=(
            "(1+(x+y+1)**2*(19-14*x+3*x**2-14*y+6*x*y+3*y**2))"
            "*(30+(2*x-3*y)**2*(18-32*x+12*x**2+48*y-36*x*y+27*y**2))"
        ),
        at={"x": 1.0, "y": 1.0},
        source=(
            "A. A. Goldstein, J. F. Price, On Descent from Local Minima, Mathematics of "
            "Computation 25, 569-574, 1971"
        ),
        value="1876",
    ),
    Formula(
        name="Six-hump camel function",
        # by hand: 2.25 - 0.664453125 + 0.059326171875 + 0.5625 - 2.25 + 1.265625
        text="(4-2.1*x**2+x**4/3)*x**2+x*y+(-4+4*y**2)*y**2",
        at={"x": 0.75, "y": 0.75},
        source=(
            "L. C. W. Dixon, G. P. Szegoe, The global optimization problem: an introduction, in "
            "Towards Global Optimisation 2, North-Holland, 1978, 1-15"
        ),
        value="1.222998046875",
    ),
    Formula(
        name="Ackley function in two dimensions",
        text="-20*exp(-0.2*sqrt(0.5*(x**2+y**2)))-exp(0.5*(cos(2*pi*x)+cos(2*pi*y)))+e+20",
        at={"x": 1.3, "y": 0.4},
        source="D. H. Ackley, A Connectionist Machine for Genetic Hillclimbing, Kluwer, 1987",
    ),
    # -------------------------------------------------------------------------------- engineering
    Formula(
        name="Manning formula, discharge of a rectangular channel",
        # by hand: the hydraulic radius is 512/64 = 8, 8**(2/3) = 4, 512*4*0.01/0.025
        text="b*y/n*(b*y/(b+2*y))**(2/3)*sqrt(S)",
        at={"b": 32.0, "y": 16.0, "n": 0.025, "S": 0.0001},
        source=(
            "R. Manning, On the flow of water in open channels and pipes, Transactions of the "
            "Institution of Civil Engineers of Ireland 20, 161-207, 1891; V. T. Chow, "
            "Open-Channel Hydraulics, McGraw-Hill, 1959, chapter 5"
        ),
        value="819.2",
    ),
    Formula(
        name="Haaland friction factor",
        text="1/(-1.8*log10((k/(3.7*D))**1.11+6.9/Re))**2",
        at={"k": 0.045, "D": 80.0, "Re": 1.2e5},
        source=(
            "S. E. Haaland, Simple and Explicit Formulas for the Friction Factor in Turbulent "
            "Pipe Flow, Journal of Fluids Engineering 105, 89-90, 1983"
        ),
    ),
    Formula(
        name="Steinhart-Hart equation",
        # a 10 kilo-ohm thermistor near 12 degrees Celsius
        text="1/(A+B*log(R)+C*log(R)**3)",
        at={"A": 1.129241e-3, "B": 2.341077e-4, "C": 8.775468e-8, "R": 18000.0},
        source=(
            "J. S. Steinhart, S. R. Hart, Calibration curves for thermistors, Deep-Sea Research "
            "15, 497-503, 1968"
        ),
    ),
    Formula(
        name="Half thickness of a NACA four-digit aerofoil",
        text=(
            "5*t*c*(0.2969*sqrt(x/c)-0.126*(x/c)-0.3516*(x/c)**2+0.2843*(x/c)**3-0.1015*(x/c)**4)"
        ),
        at={"t": 0.12, "c": 1.5, "x": 0.15},
        source=(
            "E. N. Jacobs, K. E. Ward, R. M. Pinkerton, The characteristics of 78 related airfoil "
            "sections from tests in the variable-density wind tunnel, NACA Report 460, 1933"
        ),
    ),
    Formula(
        name="Shannon-Hartley capacity of a channel with white noise",
        # Hz, W, W/Hz; by hand: 1 + 0.007/(1e-9*1e6) = 8
        text="B*log2(1+S/(N0*B))",
        at={"B": 1e6, "S": 0.007, "N0": 1e-9},
        source=(
            "C. E. Shannon, Communication in the Presence of Noise, Proceedings of the IRE 37, "
            "10-21, 1949"
        ),
        value="3000000",
    ),
    Formula(
        name="Capacitance per length of a two-wire line",
        # pF/m, mm
        text="pi*eps/acosh(D/(2*a))",
        at={"eps": 8.8541878, "D": 6.0, "a": 1.5},
        source=(
            "D. M. Pozar, Microwave Engineering, 4th edition, Wiley, 2012, chapter 2, table of "
            "transmission line parameters"
        ),
    ),
    Formula(
        name="Ogata-Banks solution of advection and dispersion",
        # m, days
        text="C0/2*(erfc((x-v*t)/(2*sqrt(D*t)))+exp(v*x/D)*erfc((x+v*t)/(2*sqrt(D*t))))",
        at={"C0": 10.0, "x": 1.0, "v": 0.3, "t": 4.0, "D": 0.5},
        source=(
            "A. Ogata, R. B. Banks, A Solution of the Differential Equation of Longitudinal "
            "Dispersion in Porous Media, U.S. Geological Survey Professional Paper 411-A, 1961"
        ),
    ),
)
