"""Texts at random: what a user may write, what two languages have in common, and what nobody would.

A `Writer` draws from a `random.Random`, so a seed, or a property test, decides all it writes.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

NUMBERS = ("0", "1", "2", "3", "0.5", ".5", "5.", "1_000", "1e3", "2E-3", "1_0.2_5e2", "7", "1e-9")
SCALARS = ("x", "y", "z")
ARRAYS = {"v": (3,), "w": (3,), "A": (2, 3), "B": (3, 2)}
POINT = {
    "x": 0.7,
    "y": -1.9,
    "z": 3.0,
    "v": [1.0, -2.0, 0.5],
    "w": [0.0, 4.0, -1.0],
    "A": [[1.0, 2.0, 3.0], [-4.0, 5.0, 0.25]],
    "B": [[0.5, -1.0], [2.0, 3.0], [1.0, 0.0]],
}
INFIX = ("+", "-", "*", "/", "%", "**", "@")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class Writer:
    """Writes expressions and programs.

    Parameters
    ----------
    rng
        What decides.
    own
        Whether to use what only adiff's language has: implicit products, superscripts, signs.
    """

    def __init__(self, rng: Random, own: bool = False) -> None:
        self.rng = rng
        self.own = own
        self.names: list[str] = [*SCALARS * 3, *ARRAYS]
        self.functions: dict[str, int] = {}

    # --- programs ---

    def program(self) -> str:
        """Return a text of one line or a few."""
        lines = []
        for k in range(self.rng.choice((0, 0, 1, 2, 3))):
            if self.rng.random() < 0.4:
                name, parameters = f"f{k}", ["a", "x", "b"][: self.rng.randint(1, 3)]
                outside, self.names = self.names, [*parameters * 3, *self.names]
                lines.append(f"{name}({', '.join(parameters)}) = {self.value(3)}")
                self.names = outside
                self.functions[name] = len(parameters)
            else:
                lines.append(f"u{k} = {self.value(3)}")
                self.names.append(f"u{k}")
        lines.append(self.value(self.rng.randint(1, 5)))
        text, end = lines[0], self.rng.choice(("\n", ";", " ; ", "\n\n"))
        for line in lines[1:]:
            # A sign at the beginning of a line could go on with the line before.
            text += (end if line[0] not in "+-" else ";") + line
        return text

    # --- expressions, of any precedence ---

    def value(self, depth: int) -> str:
        """Return an expression with at most so many operators inside of each other."""
        if depth <= 0:
            return self.atom(0)
        kinds: list[tuple[int, Callable[[int], str]]] = [
            (6, self.infix),
            (2, self.prefix),
            (2, self.comparison),
            (1, self.connected),
            (1, self.conditional),
            (6, self.atom),
        ]
        weights, writers = zip(*kinds, strict=True)
        return self.rng.choices(writers, weights)[0](depth - 1)

    def infix(self, depth: int) -> str:
        signs = (*INFIX, "^", "·", "×", "÷", "−") if self.own else INFIX
        space = self.rng.choice(("", " ", "  "))
        symbol = self.rng.choices(signs, [4] * 4 + [2] * 2 + [1] * (len(signs) - 6))[0]
        return f"{self.value(depth)}{space}{symbol}{space}{self.value(depth)}"

    def prefix(self, depth: int) -> str:
        return self.rng.choice(("-", "+", "- ", "not ")) + self.value(depth)

    def comparison(self, depth: int) -> str:
        parts = [self.value(depth)]
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            parts += [self.rng.choice(COMPARISONS), self.value(depth)]
        return " ".join(parts)

    def connected(self, depth: int) -> str:
        word = self.rng.choice((" and ", " or "))
        return self.value(depth) + word + self.value(depth)

    def conditional(self, depth: int) -> str:
        return f"{self.value(depth)} if {self.value(depth)} else {self.value(depth)}"

    # --- what stands on its own ---

    def atom(self, depth: int) -> str:
        kinds = [self.number, self.name, self.name]
        if depth > 0:
            kinds += [self.group, self.call, self.vector, self.part, self.transposed]
            kinds += [self.scaled, self.raised] if self.own else []
        return self.rng.choice(kinds)(depth - 1)

    def number(self, depth: int) -> str:
        return self.rng.choice(NUMBERS)

    def name(self, depth: int) -> str:
        return self.rng.choice(self.names)

    def group(self, depth: int) -> str:
        return f"({self.value(depth)})"

    def call(self, depth: int) -> str:
        known = {"sin": 1, "tanh": 1, "abs": 1, "exp": 1, "floor": 1, "atan2": 2, "sum": 1}
        name, arity = self.rng.choice([*known.items(), *self.functions.items()])
        return f"{name}({', '.join(self.value(depth) for _ in range(arity))})"

    def vector(self, depth: int) -> str:
        return f"[{', '.join(self.value(depth) for _ in range(self.rng.randint(1, 3)))}]"

    def part(self, depth: int) -> str:
        operand = self.rng.choice((self.name, self.group, self.vector))(depth)
        parts = [self.subscript() for _ in range(self.rng.choice((1, 1, 2)))]
        return f"{operand}[{', '.join(parts)}]"

    def subscript(self) -> str:
        def whole() -> str:
            return str(self.rng.choice((-3, -2, -1, 0, 0, 1, 1, 2)))

        if self.rng.random() < 0.5:
            return whole()
        bounds = [self.rng.choice(("", whole())) for _ in range(self.rng.choice((2, 2, 3)))]
        return ":".join(bounds)

    def transposed(self, depth: int) -> str:
        return self.rng.choice((self.name, self.group, self.vector))(depth) + ".T"

    def scaled(self, depth: int) -> str:
        return self.rng.choice(("2", "3.5", "-2")) + self.rng.choice((self.name, self.group))(depth)

    def raised(self, depth: int) -> str:
        return self.rng.choice((self.name, self.group))(depth) + self.rng.choice(("²", "⁻¹", "³"))


# --- damage -----------------------------------------------------------------------------------

_SCRAPS = (
    *"()[],;:=<>!+-*/^%@.#\n\t \\$'\"`~&|?{}_0123456789exπ√²⁻−·×÷≤≠",
    *("**", "==", "//", "&&", ":=", " if ", " else ", " and ", " not ", "sin", "sin(", "f(a) = "),
    *("u = ", ".T", "1e999", "0x1", "1__0", "axis=", "х", "（", "\x00", "\x1b[31m", "\u202e", "😀"),
    *("\ud800", "\u2028", "\r", "lambda", "__import__('os')", "1e-400", "[" * 40, "(" * 40),
    *(
        "²" * 9,
        "sum(",
        "max(",
        "broadcast_to(",
        "reshape(",
        "inv(",
        ", keepdims=1",
        "[::-1]",
        "[0]",
    ),
)


def damaged(text: str, rng: Random) -> str:
    """Return a text after a few slips: something left out, put in, doubled, moved or changed."""
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        i, j = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        match rng.randrange(5):
            case 0:
                text = text[:i] + text[min(j, i + 3) :]
            case 1:
                text = text[:i] + rng.choice(_SCRAPS) + text[i:]
            case 2:
                text = text[:j] + text[i:j] + text[j:]
            case 3:
                text = text[j:] + text[i:j] + text[:i]
            case 4:
                text = text[:i] + rng.choice(_SCRAPS) + text[i + 1 :]
    return text
