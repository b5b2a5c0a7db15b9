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
    const double t3 = 1.0 - 0.5 * (double)(u == t2);
    const double t4 = t3 * (1.1283791670955126 * exp(-(x * x)));
    const double t5 = t1 != 0.0 ? (double)(u >= t2) : 0.0;
    const double t6 = (t1 != 0.0 ? (double)(u <= t2) : 0.0) != 0.0 ? t4 : 0.0;
    gradient[0] = t6 + (t5 != 0.0 ? (t3 * y) : 0.0);
    gradient[1] = (t5 != 0.0 ? (t3 * x) : 0.0) + (t1 != 0.0 ? 0.0 : sech_squared(y));
    return value;
}
