/* sin(λ), with its derivatives up to order 3.
 *
 * double f(double lambda, double gradient[1], double order2[1], double order3[1]);
 *
 * It returns the value.
 * Into gradient it writes:
 *     ∂f/∂λ
 * Into order2 it writes:
 *     ∂²f/∂λ²
 * Into order3 it writes:
 *     ∂³f/∂λ³
 * lambda is the variable λ.
 *
 * Written by adiff 0.1.0.  It needs <math.h> only:
 * cc -std=c99 -ffp-contract=off ... -lm
 */
#include <math.h>

double f(double lambda, double gradient[1], double order2[1], double order3[1])
{
    const double value = sin(lambda);
    const double t1 = cos(lambda);
    gradient[0] = t1;
    order2[0] = -value;
    order3[0] = -t1;
    return value;
}
