"""How colours are seen: contrast as WCAG counts it, distance as CIELAB does, and by eyes that lack a kind of cone."""

from itertools import combinations

Colour = tuple[int, int, int]
Matrix = tuple[tuple[float, float, float], ...]

# What is left of red, green and blue, in linear light; Machado, Oliveira and Fernandes 2009, all of a kind missing.
EYES: dict[str, Matrix] = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def contrast(one: Colour, other: Colour) -> float:
    """Return the ratio of lightness, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: Colour, other: Colour, eye: str = "all cones") -> float:
    """Return how far apart two colours look; about 2 can just be told from each other."""
    return sum((a - b) ** 2 for a, b in zip(_lab(one, eye), _lab(other, eye), strict=True)) ** 0.5


def nearest(colours: dict[str, Colour], eye: str) -> tuple[float, str, str]:
    """Return the two that look most alike, and how far apart they are."""
    return min((distance(colours[a], colours[b], eye), a, b) for a, b in combinations(colours, 2))


def _linear(colour: Colour) -> tuple[float, float, float]:
    red, green, blue = ((c / 255) / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _lab(colour: Colour, eye: str) -> tuple[float, float, float]:
    light = _linear(colour)
    seen = (sum(share * part for share, part in zip(row, light, strict=True)) for row in EYES[eye])
    red, green, blue = (min(1.0, max(0.0, part)) for part in seen)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
