"""NumPy's own functions on Variables: their values are NumPy's, their derivatives quotients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import autodiff_cli.engine as ad
from autodiff_cli.engine import Operation, Variable, as_variable, grad, operations
from autodiff_cli.engine.composite import Composite
from autodiff_cli.engine.numpy_protocols import _functions
from autodiff_cli.errors import AdiffError
from engine.outside import apply, evaluate, example, parts

R = np.random.default_rng(5)
V, W, A, B, S, T = (R.normal(size=n) for n in (5, 5, (3, 4), (4, 2), (4, 4), (2, 3, 4)))
P = np.exp(A)
NAMES = {"np": np, "P": P, "i": np.array([2, 0, 2]), "mask": A > 0.0}
ARRAYS = {"v": V, "w": W, "a": A, "b": B, "s": S, "t": T, "x": np.array(0.7)}

# --- by the declarations -------------------------------------------------------------------------


def numpy_namesake(op: Operation) -> Any:
    """Return the function of NumPy that has one of the names of an operation."""
    if op.metadata.internal or op.name in _functions:
        return None
    for place in (np, np.linalg):
        for name in (op.name, *op.metadata.aliases):
            function = getattr(place, name, None)
            if isinstance(function, np.ufunc) or hasattr(function, "__wrapped__"):
                return function
    return None


NAMED = [
    op
    for op in dict.fromkeys(operations().values())
    if numpy_namesake(op) is not None and op.name != "heaviside"
]


@pytest.mark.parametrize("op", NAMED, ids=lambda op: op.name)
def test_numpy_calls_the_operation_of_its_name(op: Operation) -> None:
    call, _, _ = example(op)
    tensors, params = parts(call)
    arrays = [np.asarray(evaluate(tensor), float) for tensor in tensors]

    def found(call: Any) -> list[Any]:
        xs = [Variable(x) for x in arrays]
        y = call(xs)
        assert isinstance(y, Variable)
        assert y.creator is not None
        return [y.data, *(g.data for g in grad(y.sum(), xs, create_graph=True))]

    function = numpy_namesake(op)
    ours = found(lambda xs: apply(op, xs, params))
    theirs = found(lambda xs: function(xs, **params) if op.variadic else function(*xs, **params))
    assert len(ours) == len(theirs) > 1
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    plain = function(arrays, **params) if op.variadic else function(*arrays, **params)
    np.testing.assert_allclose(ours[0], plain, rtol=1e-13)


@pytest.mark.parametrize(
    "op",
    [op for op in dict.fromkeys(operations().values()) if isinstance(op, Composite)],
    ids=lambda op: op.name,
)
def test_the_example_of_a_composite_is_right(op: Operation) -> None:
    call, _, value = example(op)
    tensors, params = parts(call)
    want = np.asarray(eval(value, {"inf": np.inf}), float)
    arrays = [np.asarray(evaluate(tensor), float) for tensor in tensors]
    for lift in (lambda x: x, Variable):
        y = op(*map(lift, arrays), **params)
        np.testing.assert_allclose(getattr(y, "data", y), want, rtol=2e-15)
    assert op.metadata.doc == op.metadata.doc.strip() != ""


# --- by calls ------------------------------------------------------------------------------------

CALLS = """
np.sin(v)
np.add.reduce(a, axis=1)
np.multiply.reduce(v)
np.maximum.reduce(a)
np.minimum.reduce(a, axis=1, keepdims=True)
np.add.accumulate(a, axis=1)
np.multiply.accumulate(v)
np.multiply.outer(v, w)
np.subtract.outer(v, a)
np.sinc(v)
np.degrees(v) + np.deg2rad(v) + np.radians(v)
np.logaddexp2(v, w)
np.fmax(v, w) - np.fmin(v, w)
np.reciprocal(P * v[0])
np.copysign(v, w)
np.float_power(np.abs(v), 2.5)
np.round(v, 1) + v
np.nan_to_num(v)
np.clip(v, -0.5, 0.5)
np.clip(v, None, 0.5)
np.select([mask, ~mask], [a, 2.0 * a])
np.where(mask, a, a**2)
np.sum(a, 0)
np.sum(a, axis=(0, 1), keepdims=True)
np.mean(t, axis=(0, -1))
np.prod(a, axis=1)
np.var(a, axis=1, ddof=1)
np.std(a, keepdims=True)
np.ptp(a, axis=0)
np.median(a, axis=1)
np.median(t, axis=(0, 2), keepdims=True)
np.quantile(v, 0.3)
np.quantile(a, [0.1, 0.5], axis=1)
np.percentile(a, 40.0, axis=0, keepdims=True)
np.average(a, axis=1, weights=np.array([1.0, 2.0, 3.0, 4.0]))
np.cov(a)
np.cumsum(a, axis=0)
np.cumsum(a)
np.cumprod(a, axis=1)
np.diff(a, n=2)
np.gradient(v, 0.5)
np.trapezoid(v, w)
np.convolve(v, w[:3], mode='same')
np.correlate(v, w[:3])
np.sort(a)
np.sort(np.concatenate([v, w, t[0, 0], t[0, 1]]))
np.concatenate([a, a * a], axis=1)
np.concatenate([a, v], axis=None)
np.stack([v, w], axis=-1)
np.vstack([v, w])
np.hstack([a, a[:, :1]])
np.dstack([v, w])
np.column_stack([v, w])
np.append(v, w)
np.block([[a, a], [b.T[:, :4], b.T[:, :4]]])
np.split(a, 2, axis=1)[1]
np.array_split(v, 3)[0]
np.hsplit(a, [1, 3])[1]
np.vsplit(s, 2)[0]
np.reshape(a, (2, -1), order='F')
np.ravel(a)
np.squeeze(a[:, :1])
np.expand_dims(v, (0, 2))
np.swapaxes(t, 0, 2)
np.moveaxis(t, 0, -1)
np.rollaxis(t, 2)
np.transpose(t, (2, 0, 1))
np.atleast_1d(x)
np.atleast_2d(v)
np.atleast_3d(a)
np.broadcast_to(v, (2, 5))
np.broadcast_arrays(v, x)[1]
np.meshgrid(v, w[:2])[1]
np.full_like(v, x)
np.flip(a, 0)
np.fliplr(a)
np.rot90(a)
np.roll(a, 2)
np.roll(a, (1, -1), axis=(0, 1))
np.tile(a, (2, 1, 2))
np.repeat(a, 2, axis=1)
np.repeat(v, [1, 0, 2, 1, 3])
np.take(a, i, axis=0)
np.take_along_axis(a, np.argsort(a, axis=1), axis=1)
np.delete(v, 1)
np.compress([True, False, True], a, axis=0)
np.pad(a, 1)
np.pad(v, (2, 1), constant_values=3.0)
np.pad(v, 2, 'edge')
np.pad(v, 2, mode='reflect')
np.diag(v, 1)
np.diag(s)
np.diagonal(t, 1, 0, 2)
np.tril(s, -1)
np.triu(a)
np.trace(s)
np.trace(t, 1, 1, 2)
np.dot(a, b)
np.dot(t, b)
np.dot(v, w)
np.dot(x, a)
np.vdot(a, a)
np.inner(a, s)
np.outer(v, w)
np.kron(a, b)
np.cross(a[:, :3], s[:3, :3])
np.tensordot(a, b, 1)
np.tensordot(t, t, axes=([0, 2], [0, 2]))
np.matmul(t, b)
np.einsum('ij,jk->ik', a, b)
np.einsum('ij,jk', a, b)
np.einsum('ii', s)
np.einsum('tij,jk,tij->k', t, b, t)
np.einsum('...ij,jk->...ki', t, b)
np.einsum(a, [0, 1], b, [1, 2], [0])
np.linalg.det(s)
np.linalg.inv(s)
np.linalg.solve(s, b)
np.linalg.norm(a)
np.linalg.norm(a, axis=1)
np.linalg.matrix_power(s, 3)
np.linalg.multi_dot([a, s, b])
np.linalg.norm(v, 3)
np.linalg.norm(v, np.inf)
np.linalg.norm(a, 1, axis=1)
np.linalg.norm(a, 1)
np.linalg.norm(a, 'nuc')
np.linalg.norm(t, 2, axis=(0, 2))
np.linalg.pinv(a)
np.linalg.pinv(t)
np.linalg.cholesky(s @ s.T + np.eye(4))
np.linalg.cholesky(t @ np.swapaxes(t, 1, 2) + np.eye(3))
np.linalg.slogdet(s)[1]
np.linalg.eigvalsh(s)
np.linalg.eigvalsh(s, 'U')
np.linalg.eigh(s)[0]
np.linalg.eigh(s)[1]
np.linalg.svd(a, full_matrices=False)[0]
np.linalg.svd(b, full_matrices=False)[0]
np.linalg.svd(s)[2]
np.linalg.svd(t, compute_uv=False)
np.linalg.lstsq(b, v[:4], rcond=None)[0]
np.linspace(x, x * x, 5)
np.fft.fftshift(a)
np.vstack(v)
np.angle(v) + v
np.heaviside(v, 0.5) + v
""".strip().splitlines()


def weighted(y: Any) -> Any:
    """Return the sum of the elements with weights that are not alike."""
    return (y * np.cos(np.arange(y.size)).reshape(y.shape)).sum()


@pytest.mark.parametrize("text", CALLS)
def test_a_function_of_numpy_on_variables(text: str) -> None:
    code = compile(text, "call", "eval")
    used = {name: array for name, array in ARRAYS.items() if name in code.co_names}
    want = eval(code, NAMES | used)
    xs = {name: Variable(array) for name, array in used.items()}
    y = eval(code, NAMES | xs)
    assert isinstance(y, Variable)
    assert y.creator is not None
    np.testing.assert_allclose(y.data, want, rtol=1e-12, atol=1e-14)
    assert y.shape == np.shape(want)
    gradients = grad(weighted(y), list(xs.values()))
    h = 1e-5
    for (name, array), g in zip(used.items(), gradients, strict=True):
        direction = np.random.default_rng(1).normal(size=array.shape)
        sides = [
            weighted(eval(code, NAMES | used | {name: array + k * direction})) for k in (h, -h)
        ]
        slope = (sides[0] - sides[1]) / (2 * h)
        assert (g.data * direction).sum() == pytest.approx(slope, rel=1e-6, abs=1e-7), name


@pytest.mark.parametrize("size", [0.1, 1.0, 30.0])
def test_the_exponential_of_a_matrix(size: float) -> None:
    """SciPy has another implementation, and Fréchet's derivative of its own."""
    a = size * S / np.abs(S).sum(0).max()
    x = Variable(a)
    y = ad.expm(x)
    np.testing.assert_allclose(y.data, scipy.linalg.expm(a), rtol=1e-12, atol=1e-13)
    direction = np.cos(np.arange(16.0)).reshape(4, 4)
    want = scipy.linalg.expm_frechet(a, direction, compute_expm=False)
    np.testing.assert_allclose(ad.jvp(y, x, direction).data, want, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    "text",
    """
    sp.erf(v) sp.erfinv(0.1*v) sp.ndtri(p) sp.log_ndtr(v) sp.logit(p) sp.expit(v) sp.xlogy(p,p)
    sp.entr(p) sp.gammaln(p) sp.beta(p,p) sp.gammainc(2.5,p) sp.gammaincc(k,p) sp.betainc(2,k,p)
    sp.jv(1,v) sp.jv(k,v) sp.yv(0,p) sp.iv(2,v) sp.ive(1,v) sp.j0(v) sp.y1(p) sp.i1(v) sp.zeta(3,p)
    """.split(),
)
def test_a_function_of_scipy_on_variables(text: str) -> None:
    names: dict[str, Any] = {"sp": scipy.special, "k": np.array([1.0, 2.0, 3.0, 1.5, 0.5])}
    used = {"v": V, "p": 1.0 / (1.0 + np.exp(-V))}
    want = eval(text, names | used)
    xs = {name: Variable(x) for name, x in used.items() if name in text.partition("(")[2]}
    y = eval(text, names | used | xs)
    np.testing.assert_allclose(y.data, want, rtol=1e-13)
    for (name, x), g in zip(xs.items(), grad(weighted(y), list(xs.values())), strict=True):
        h = 1e-6
        sides = [eval(text, names | used | {name: used[name] + k * h}) for k in (1.0, -1.0)]
        slopes = (sides[0] - sides[1]) / (2.0 * h) * np.cos(np.arange(5.0))
        np.testing.assert_allclose(g.data, slopes, rtol=1e-6, atol=1e-8)
        assert x.data is used[name]


def test_what_has_no_derivative_is_of_the_numbers() -> None:
    v = Variable(V)
    assert np.argmax(v) == V.argmax()
    assert np.argsort(v).tolist() == V.argsort().tolist()
    assert np.isnan(v).tolist() == [False] * 5
    assert np.zeros_like(v).tolist() == [0.0] * 5
    assert (np.shape(v), np.ndim(v), np.size(v)) == ((5,), 1, 5)
    assert np.allclose(v, V)
    assert (np.floor_divide(v, 0.3) == V // 0.3).data.all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda v: scipy.special.jv(v, v), r"`n` of jv\(\) is a setting, which has no derivative"),
        (lambda v: scipy.special.gammainc(v, 2.0), "`a` of gammainc.* has no derivative"),
        (lambda v: np.fft.fft(v), "`numpy.fft.fft` cannot be differentiated"),
        (lambda v: np.nanmedian(v), "use `median`"),
        (lambda v: np.sum(v, where=V > 0), "`numpy.sum` with `where`: leave|with `where`"),
        (lambda v: np.sum(v, initial=1.0), "with `initial`"),
        (lambda v: np.sin(v, dtype=np.float32), "`numpy.sin` with `dtype`"),
        (lambda v: np.cumsum(v, out=V.copy()), "cannot be changed in place"),
        (lambda v: np.copyto(V.copy(), v), "`v.data`, the numbers alone"),
    ],
)
def test_what_is_not_there_says_what_is(call: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence) as caught:
        call(as_variable(V))
    assert isinstance(caught.value, AdiffError) or "setting" in sentence or "`a`" in sentence


def test_arrays_do_not_change_in_place() -> None:
    a, v = np.ones(5), Variable(V)
    with pytest.raises(TypeError, match=r"`a = a \+ v`"):
        a += v
    assert a.tolist() == [1.0] * 5
    a = a + v
    assert isinstance(a, Variable)
