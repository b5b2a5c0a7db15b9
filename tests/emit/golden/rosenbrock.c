/* (1-x)**2 + 100*(y-x**2)**2, with its gradient and Hessian.
 *
 * double f(double x, double y, double gradient[2], double hessian[4]);
 *
 * It returns the value.
 * Into gradient it writes:
 *     ∂f/∂x, ∂f/∂y
 * Into hessian it writes row by row:
 *     ∂²f/∂x², ∂²f/∂x∂y
 *     ∂²f/∂y∂x, ∂²f/∂y²
 *
 * Written by adiff 0.1.0.  It needs <math.h> only:
 * cc -std=c99 -ffp-contract=off ... -lm
 */
#include <math.h>

double f(double x, double y, double gradient[2], double hessian[4])
{
    const double t1 = 1.0 - x;
    const double t2 = y - x * x;
    const double value = t1 * t1 + 100.0 * (t2 * t2);
    const double t3 = 200.0 * t2;
    const double t4 = -t3 * 2.0;
    const double t5 = -(x * 2.0) * 200.0;
    gradient[0] = t4 * x - 2.0 * t1;
    gradient[1] = t3;
    hessian[0] = t4 + -t5 * 2.0 * x + 2.0;
    hessian[1] = t5;
    hessian[2] = t5;
    hessian[3] = 200.0;
    return value;
}
