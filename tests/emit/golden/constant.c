/* x*0 + inf, with its gradient.
 *
 * double f(double x, double gradient[1]);
 *
 * It returns the value.
 * Into gradient it writes:
 *     ∂f/∂x
 *
 * Written by adiff 0.1.0.  It needs <math.h> only:
 * cc -std=c99 -ffp-contract=off ... -lm
 */
#include <math.h>

double f(double x, double gradient[1])
{
    const double value = x * 0.0 + INFINITY;
    gradient[0] = 0.0;
    return value;
}
