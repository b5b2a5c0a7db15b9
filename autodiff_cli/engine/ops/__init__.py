"""Declare all operations, each once, in one module for each family.

Importing this package declares them; `autodiff_cli.engine.operation` describes declarations.
"""

from autodiff_cli.engine.ops import numpy_elementwise, numpy_shapes, numpy_sums
from autodiff_cli.engine.ops.activations import *
from autodiff_cli.engine.ops.arithmetic import *
from autodiff_cli.engine.ops.arrays import *
from autodiff_cli.engine.ops.decompositions import *
from autodiff_cli.engine.ops.elementary import *
from autodiff_cli.engine.ops.hyperbolic import *
from autodiff_cli.engine.ops.linalg import *
from autodiff_cli.engine.ops.piecewise import *
from autodiff_cli.engine.ops.probability import *
from autodiff_cli.engine.ops.products import *
from autodiff_cli.engine.ops.reduce import *
from autodiff_cli.engine.ops.shape import *
from autodiff_cli.engine.ops.special import *
from autodiff_cli.engine.ops.special_functions import *
from autodiff_cli.engine.ops.statistics import *
from autodiff_cli.engine.ops.trigonometric import *
