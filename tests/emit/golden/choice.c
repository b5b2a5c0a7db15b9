/* u = x*y; max(u, erf(x)) if u > 0 else tanh(y), with its gradient.
 *
 * double f(double x, double y, double gradient[2]);
 *
 * It returns the value.
 * Into gradient it writes:
 *     ∂f/∂x, ∂f/∂y
 *
 * Written by adiff 0.1.0.  It needs <math.h> only:
 * cc -std=c99 -ffp-contract=off ... -lm
 */
#include <math.h>

static double maximum(double x, double y)
{
    return x > y || isnan(x) ? x : y;
}

static double sech_squared(double x)
{
    const double e = exp(-2.0 * fabs(x));
    const double d = 1.0 + e;
    return 4.0 * e / (d * d);
}

double f(double x, double y, double gradient[2])
{
    const double u = x * y;
    const double t1 = (double)(u > 0.0);
    const double t2 = erf(x);
    const double value = t1 != 0.0 ? maximum(u, t2) : tanh(y);
    const double t3 = t1 != 0.0 ? (double)(u <= t2) : 0.0;
    const double t4 = t1 != 0.0 ? (double)(u >= t2) : 0.0;
    const double t5 = t4 != 0.0 ? 1.0 : 0.0;
    const double t6 = 1.0 - 0.5 * (double)(u == t2);
    const double t7 = t3 != 0.0 ? (t6 * (1.1283791670955126 * exp(-(x * x)))) : 0.0;
    const double t8 = t7 + (t4 != 0.0 ? (t6 * y) : 0.0);
    const double t9 = (t4 != 0.0 ? (t6 * x) : 0.0) + (t1 != 0.0 ? 0.0 : sech_squared(y));
    gradient[0] = ((t3 != 0.0 ? 1.0 : 0.0) + t5) != 0.0 ? t8 : 0.0;
    gradient[1] = (t5 + (t1 != 0.0 ? 0.0 : 1.0)) != 0.0 ? t9 : 0.0;
    return value;
}
