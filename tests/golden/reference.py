"""log p of the rows of a table under a model file, in NumPy and double precision, written from share/doc/format.md alone.

usage: reference.py MODEL.nf TABLE.csv [CONTEXT-COLUMN,...]   one log-density a line
"""
import csv
import json
import math
import sys

import numpy as np


def load(path):
    raw = open(path, "rb").read()
    n = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + n])
    meta = header.pop("__metadata__")
    tensors = {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        kind = {"F32": "<f4", "F64": "<f8"}[t["dtype"]]
        tensors[name] = np.frombuffer(raw[8 + n + begin : 8 + n + end], kind).reshape(t["shape"]).astype(float)
    return {key: json.loads(meta[key]) for key in ("spec", "columns", "context")}, tensors


def net(layer, tensors, name, inputs):
    h = np.clip(inputs, -layer["clip"], layer["clip"])
    act = {"relu": lambda a: np.maximum(a, 0), "tanh": np.tanh}[layer["activation"]]
    last = len(layer["hidden"])
    for l in range(last):
        u = act(h @ tensors[f"{name}.net.weight.{l}"].T + tensors[f"{name}.net.bias.{l}"])
        h = h + u if layer["residual"] and l > 0 else u
    return h @ tensors[f"{name}.net.weight.{last}"].T + tensors[f"{name}.net.bias.{last}"]


def bound(r):
    return r / (1 + np.abs(r) / np.log(1000))


def dense_layers(spec):
    """Inputs and outputs of each layer."""
    n, last = spec["units"], spec.get("layers", 1) - 1
    return [(1 if l == 0 else n, 1 if l == last else n) for l in range(last + 1)]


def num_params(spec):
    if spec["kind"] == "sos":
        return 1 + sum(spec["degree"] + 1 - k for k in range(spec["polynomials"]))
    if spec["kind"].startswith("deep_"):
        return sum(spec["units"] * (2 + (l > 0) * k + o) for l, (k, o) in enumerate(dense_layers(spec)))
    if spec["kind"] == "rq_spline":
        return 3 * spec["bins"] - (not spec["periodic"])
    if spec["kind"] == "mixture_cdf":
        return 3 * spec["components"]
    return {"affine": 2, "additive": 1, "scale": 1}[spec["kind"]]


def rq_spline(spec, phi, x):
    bins, bound = spec["bins"], spec["tail_bound"]

    def knots(logits, least):
        share = np.exp(logits - logits.max(-1, keepdims=True))
        steps = least + (1 - bins * least) * share / share.sum(-1, keepdims=True)
        return np.concatenate([0 * steps[..., :1], 2 * bound * steps.cumsum(-1)], -1) - bound

    xs, ys = knots(phi[..., :bins], spec["min_width"]), knots(phi[..., bins : 2 * bins], spec["min_height"])
    slopes, one = spec["min_derivative"] + np.logaddexp(0, phi[..., 2 * bins :]), np.ones(x.shape + (1,))
    ends = [slopes, slopes[..., :1]] if spec["periodic"] else [one, slopes, one]
    slopes = np.concatenate(ends, -1)
    out = np.abs(x) > bound
    held = np.where(out, x - 2 * bound * np.round(x / (2 * bound)), x) if spec["periodic"] else np.clip(x, -bound, bound)
    by = ys if spec.get("inverse") else xs
    k = (held[..., None] >= by[..., 1:-1]).sum(-1)[..., None]
    at = lambda table, i: np.take_along_axis(table, i, -1)[..., 0]
    x0, x1, y0, y1, d0, d1 = at(xs, k), at(xs, k + 1), at(ys, k), at(ys, k + 1), at(slopes, k), at(slopes, k + 1)
    w, h = x1 - x0, y1 - y0
    s = h / w
    if spec.get("inverse"):  # the root by the formula of the paper, equations 6 to 8
        up = held - y0
        a, b, c = h * (s - d0) + up * (d1 + d0 - 2 * s), h * d0 - up * (d1 + d0 - 2 * s), -s * up
        t = 2 * c / (-b - np.sqrt(b * b - 4 * a * c))
    else:
        t = (held - x0) / w
    u = t * (1 - t)
    d = s + (d1 + d0 - 2 * s) * u
    logd = 2 * np.log(s / d) + np.log(d1 * t**2 + 2 * s * u + d0 * (1 - t) ** 2)
    y, logd = (x0 + t * w, -logd) if spec.get("inverse") else (y0 + h * (s * t**2 + d0 * u) / d, logd)
    if spec["periodic"]:
        return y, logd
    return np.where(out, x, y), np.where(out, 0, logd)


def log_normal_cdf(v):
    """Far below 0 by the asymptotic series of erfc."""
    body = np.log(np.maximum(0.5 * np.vectorize(math.erfc)(-np.maximum(v, -10) / np.sqrt(2)), 1e-300))
    u = np.minimum(v, -10.0)
    series = sum((-1.0) ** n * math.prod(range(1, 2 * n, 2)) / u ** (2 * n) for n in range(16))
    return np.where(v > -10, body, -0.5 * u * u - np.log(-u * np.sqrt(2 * np.pi)) + np.log(series))


# log F(v) and log f(v).
DISTRIBUTIONS = {
    "logistic": (lambda v: -np.logaddexp(0, -v), lambda v: -np.logaddexp(0, v) - np.logaddexp(0, -v)),
    "normal": (log_normal_cdf, lambda v: -0.5 * v * v - 0.5 * np.log(2 * np.pi)),
}


def logsumexp(a, axis):
    most = a.max(axis, keepdims=True)
    return (most + np.log(np.exp(a - most).sum(axis, keepdims=True))).squeeze(axis)


def mixture_cdf(spec, phi, x):
    a, m, r = np.split(phi, 3, axis=-1)
    log_w = a - logsumexp(a, -1)[..., None]
    log_cdf, log_pdf = DISTRIBUTIONS[spec["component"]]
    target_cdf, target_pdf = DISTRIBUTIONS[{"logit": "logistic", "normal": "normal"}[spec["to"]]]
    u = (x[..., None] - m) * np.exp(-bound(r))
    below, above = logsumexp(log_w + log_cdf(u), -1), logsumexp(log_w + log_cdf(-u), -1)
    y = np.where(below < above, 1, -1) * solve(target_cdf, np.minimum(below, above))
    return y, logsumexp(log_w - bound(r) + log_pdf(u), -1) - target_pdf(y)


def sos(spec, phi, x):
    degree, bound, at = spec["degree"], spec["bound"], 1
    inner = np.clip(x, -bound, bound)
    y, d = phi[..., 0] + spec["slope"] * inner, spec["slope"]
    for k in range(spec["polynomials"]):
        a = phi[..., at : at + degree + 1 - k]
        at += degree + 1 - k
        for m in range(degree + 1 - k):
            for n in range(degree + 1 - k):
                d = d + a[..., m] * a[..., n] * (inner / bound) ** (m + n)
                y = y + a[..., m] * a[..., n] * bound * (inner / bound) ** (m + n + 1) / (m + n + 1)
    return y + d * (x - inner), np.log(d)


def deep_sigmoid(spec, phi, x):
    n, at = spec["units"], 0
    h, g = x[..., None], np.ones(x.shape + (1,))

    def take(*shape):
        nonlocal at
        at += int(np.prod(shape))
        return phi[..., at - int(np.prod(shape)) : at].reshape(x.shape + shape)

    def shares(r):
        return np.exp(bound(r)) / np.exp(bound(r)).sum(-1, keepdims=True)

    for l, (inputs, outputs) in enumerate(dense_layers(spec)):
        b, a = take(n), np.exp(bound(take(n)))
        u = shares(take(n, inputs)) if l > 0 else np.ones(x.shape + (n, 1))
        w = shares(take(outputs, n))
        z, rate = a * (u @ h[..., None])[..., 0] + b, a * (u @ g[..., None])[..., 0]
        rise = np.log(w) - np.logaddexp(0, -z)[..., None, :]
        fall = np.log(w) - np.logaddexp(0, z)[..., None, :]
        up, down = np.logaddexp.reduce(rise, -1), np.logaddexp.reduce(fall, -1)
        h = up - down
        g = (np.exp(rise + fall - np.log(w) - (up + down)[..., None]) * rate[..., None, :]).sum(-1)
    return h[..., 0], np.log(g[..., 0])


def solve(f, y):
    """x with f(x) = y for an increasing f, by bisection."""
    low, high = -np.ones_like(y), np.ones_like(y)
    for _ in range(60):
        low, high = np.where(f(low) > y, 2 * low, low), np.where(f(high) < y, 2 * high, high)
    for _ in range(100):
        middle = (low + high) / 2
        above = f(middle) > y
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


MAPS = {"mixture_cdf": mixture_cdf, "sos": sos, "deep_sigmoid": deep_sigmoid, "deep_dense_sigmoid": deep_sigmoid}


def transform(spec, phi, x):
    """phi: rows x features x P; returns f(x), log f'(x)."""
    kind = spec["kind"]
    if kind == "rq_spline":
        return rq_spline(spec, phi, x)
    if kind in MAPS:
        if not spec.get("inverse"):
            return MAPS[kind](spec, phi, x)
        z = solve(lambda at: MAPS[kind](spec, phi, at)[0], x)
        return z, -MAPS[kind](spec, phi, z)[1]
    t = phi[..., 0] if kind != "scale" else 0
    s = {"affine": lambda: bound(phi[..., 1]), "additive": lambda: 0 * x, "scale": lambda: bound(phi[..., 0])}[kind]()
    if spec.get("inverse"):
        return (x - t) * np.exp(-s), -s
    return x * np.exp(s) + t, s


def invert(spec):
    spec = dict(spec)
    spec["inverse"] = not spec.get("inverse", False)
    return spec


def seen(layer, c, x, columns):
    """What a net reads: the context and some columns, angles as cosine and sine."""
    angle = lambda j: np.stack([np.cos(x[:, j]), np.sin(x[:, j])], 1)
    return np.hstack([c] + [angle(j) if j in layer["circle"] else x[:, [j]] for j in columns])


def map_columns(layer, phi, x, mapped, back):
    """Every mapped column by its own transformer, its numbers in phi side by side; what is not there stays 0."""
    z, logd, at = x.copy(), np.zeros(len(x)), 0
    present = layer.get("present", np.ones(x.shape))
    for j in mapped:
        spec = layer.get("override", {}).get(str(j), layer["transformer"])
        end = at + num_params(spec)
        z[:, j], ld = transform(invert(spec) if back else spec, phi[:, at:end], x[:, j])
        z[:, j], logd, at = z[:, j] * present[:, j], logd + ld * present[:, j], end
    return z, logd


def mixture(layer, tensors, name, c, x):
    """The noise, which is that of one of the flows, is given as that of the middle of the base."""
    logits, each = tensors[f"{name}.logits"][0], []
    w = 1e-5 + (1 - 1e-5 * len(logits)) * np.exp(logits - logsumexp(logits, 0))
    others = layer["circle"] + layer["levels"]
    lines = [j for j in range(x.shape[1]) if j not in others]
    for k, layers in enumerate(layer["flows"]):
        z, lp = x, np.log(w[k]) - len(layer["circle"]) * np.log(2 * np.pi)
        for i, inner in enumerate(layers):
            z, ld = apply({"circle": layer["circle"], **inner}, tensors, f"{name}.flows.{k}.{i}", c, z)
            lp = lp + ld
        each.append(lp - 0.5 * (z[:, lines] ** 2).sum(1) - 0.5 * np.log(2 * np.pi) * len(lines))
    z = np.zeros((len(x), x.shape[1] + 1))
    z[:, layer["levels"]] = 0.5
    base = -0.5 * np.log(2 * np.pi) * (len(lines) + 1) - np.log(2 * np.pi) * len(layer["circle"])
    return z, logsumexp(np.stack(each, 1), 1) - base


def one_hot(level, count):
    return (level[:, None] == np.arange(count)).astype(float)


def mixed(layer, tensors, name, c, x):
    """Levels one after another, then the layers of the numbers, to which the levels are context. Levels' noise, which is
    uniform wherever it was drawn, is 1/2."""
    levels = {int(j): count for j, count in layer["levels"].items()}
    numbers = [j for j in range(x.shape[1]) if j not in levels]
    hot = np.hstack([c] + [one_hot(x[:, j], levels[j]) for j in sorted(levels)])
    logits = net(layer, tensors, name, hot)
    z, logd, at = np.full(x.shape, 0.5), np.zeros(len(x)), 0
    for j in sorted(levels):
        own = logits[:, at : at + levels[j]]
        p = 1e-6 + (1 - 1e-6 * levels[j]) * np.exp(own - logsumexp(own, 1)[:, None])
        gate = layer.get("gates", {}).get(str(j))
        there = np.ones(len(x)) if gate is None else x[:, gate] == 0
        logd, at = logd + there * np.log((p * one_hot(x[:, j], levels[j])).sum(1)), at + levels[j]
    gates = [layer.get("gates", {}).get(str(j)) for j in numbers]
    present = np.stack([np.ones(len(x)) if g is None else x[:, g] == 0 for g in gates], 1).astype(float)
    part, circle = x[:, numbers], [i for i, j in enumerate(numbers) if j in layer["circle"]]
    for k, inner in enumerate(layer["layers"]):
        inner = {"circle": circle, "present": present, **inner}
        part, ld = apply(inner, tensors, f"{name}.layers.{k}", hot, part)
        logd = logd + ld
    z[:, numbers] = part
    return z, logd + ((1 - present) * 0.5 * np.log(2 * np.pi)).sum(1)  # less the density of what is drawn, at 0


def features_in_turn(layer, tensors, name, c, y):
    """The inverse of an autoregressive layer: after i rounds its first i features are right."""
    x = np.zeros_like(y)
    for _ in layer["order"]:
        phi = net(layer, tensors, name, seen(layer, c, x, layer["order"]))
        x, logd = map_columns(layer, phi, y, layer["order"], True)
    return x, logd


def softplus(t):
    return np.logaddexp(0, t)


def with_diagonal(strict, diagonal):
    """An upper triangular matrix, its part above the diagonal stored transposed."""
    return strict.T + np.diag(diagonal)


def reflections(vectors):
    product = np.eye(vectors.shape[1])
    for v in vectors:
        product = product @ (np.eye(len(v)) - 2 * np.outer(v, v) / (v @ v))
    return product


def tanh_root(c, kappa):
    """a + kappa tanh(a) = c, by halving."""
    low, high = c - abs(kappa), c + abs(kappa)
    for _ in range(200):
        middle = (low + high) / 2
        below = middle + kappa * np.tanh(middle) < c
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low


def linear(layer, t, x, back):
    if layer["form"] == "plu":
        upper = with_diagonal(t["upper"], t["sign"][0] * np.exp(t["log_scale"][0]))
        a = ((np.eye(len(upper)) + t["lower"]) @ upper)[layer["order"]]
    else:
        a = reflections(t["reflections"]) @ with_diagonal(t["upper"], np.exp(t["log_scale"][0]))
    ld = np.full(len(x), t["log_scale"].sum())
    return (np.linalg.solve(a, (x - t["bias"]).T).T, -ld) if back else (x @ a.T + t["bias"], ld)


def bends(q, r, rt, b, x, back):
    """x + Q R tanh(R~ Q'x + b), in either direction."""
    y, kappa = x @ q, np.diag(r) * np.diag(rt)
    if back:
        v, h = np.zeros_like(y), np.zeros_like(y)
        for i in reversed(range(len(b))):
            c = y[:, i] - h @ r[i]
            h[:, i] = np.tanh(tanh_root(rt[i, i] * c + v @ rt[i] + b[i], kappa[i]))
            v[:, i] = c - r[i, i] * h[:, i]
    else:
        h = np.tanh(y @ rt.T + b)
    ld = np.log1p(kappa * (1 - h**2)).sum(1)
    step = h @ r.T @ q.T
    return (x - step, -ld) if back else (x + step, ld)


def planar(layer, t, x, back):
    w, u = t["w"][0], t["u"][0]
    v = u + (softplus(w @ u) - 1 - w @ u) * w / (w @ w)
    h = np.tanh(tanh_root(x @ w + t["b"][0, 0], w @ v) if back else x @ w + t["b"][0, 0])
    ld = np.log1p(w @ v * (1 - h**2))
    return (x - np.outer(h, v), -ld) if back else (x + np.outer(h, v), ld)


def radial(layer, t, x, back):
    alpha, gamma = softplus(t["alpha"][0, 0]), softplus(t["gamma"][0, 0])
    p = x - t["x0"]
    r = np.sqrt((p**2).sum(1))
    if back:
        half = (r - gamma) / 2
        r = half + np.sqrt(half**2 + alpha * r)
    k = (gamma + r) / (alpha + r)
    ld = (x.shape[1] - 1) * np.log(k) + np.log((r * r + 2 * alpha * r + gamma * alpha) / (alpha + r) ** 2)
    return (t["x0"] + p / k[:, None], -ld) if back else (t["x0"] + p * k[:, None], ld)


def sylvester(layer, t, x, back):
    if layer["form"] == "orthogonal":
        left, _, right = np.linalg.svd(t["frame"].T, full_matrices=False)
        q = left @ right
    elif layer["form"] == "householder":
        q = reflections(t["frame"])[:, : layer["rank"]]
    else:
        q = np.eye(x.shape[1])[:, layer["order"][: layer["rank"]]]
    scale = np.exp(t["log_scale"][0])
    r = with_diagonal(t["r"], (softplus(t["kappa"][0]) - 1) / scale)
    return bends(q, r, with_diagonal(t["rt"], scale), t["b"][0], x, back)


def gdn(layer, t, x, back):
    beta, gamma = softplus(t["beta"][0]), softplus(t["gamma"])
    tail = 0.01 + softplus(t["tail"][0]) if layer.get("tail") else np.zeros(len(beta))
    if back:  # Newton steps for the logarithm of abs(x), in parts where the whole one is too long
        z, x = x, np.zeros_like(x)
        for row, target in enumerate(np.maximum(np.abs(z), 1e-290)):
            residual = lambda s: np.log(s * (tail + (beta + gamma @ s**2) ** -0.5) / target)
            s = target / (tail + beta**-0.5)
            while abs(residual(s)).max() > 1e-14:
                n2 = beta + gamma @ s**2
                slope = np.eye(len(s)) - gamma * s**2 / (n2 * (1 + tail * np.sqrt(n2)))[:, None]
                step = np.linalg.solve(slope, residual(s))
                share = 1.0
                while abs(residual(s * np.exp(-share * step))).max() >= abs(residual(s)).max() and share > 1e-9:
                    share /= 2
                if share <= 1e-9:
                    break
                s = s * np.exp(-share * step)
            x[row] = np.copysign(s, z[row])
    n = np.sqrt(beta + x**2 @ gamma.T)
    matrices = (tail + 1 / n)[:, :, None] * np.eye(len(beta)) - gamma * x[:, None, :] ** 2 / n[:, :, None] ** 3
    ld = np.linalg.slogdet(matrices)[1]
    return (x, -ld) if back else (x * (tail + 1 / n), ld)


def layers_of(tensors, name):
    count = sum(key.startswith(f"{name}.weight.") for key in tensors)
    return [(tensors[f"{name}.weight.{i}"], tensors[f"{name}.bias.{i}"][0]) for i in range(count)]


def tanh_net(layers, h):
    for weight, bias in layers[:-1]:
        h = np.tanh(h @ weight.T + bias)
    return h @ layers[-1][0].T + layers[-1][1]


def bilinear(field, tensors, name, times, c, x):
    (w0, b0), (w1, b1), (w2, b2) = layers_of(tensors, name)
    first = np.tanh(np.hstack([x, times, c]) @ w0.T + b0)
    second = np.tanh(np.hstack([first, times]) @ w1.T + b1)
    return np.hstack([first + second, times]) @ w2.T + b2


def mlp(field, tensors, name, times, c, x):
    return tanh_net(layers_of(tensors, name), np.hstack([x, times, c]))


def hollow(field, tensors, name, times, c, x):
    dim, summary, terms = x.shape[1], field["summary"], field["terms"]
    before = tanh_net(layers_of(tensors, f"{name}.before"), np.hstack([times, c, x]))
    after = tanh_net(layers_of(tensors, f"{name}.after"), np.hstack([times, c, x[:, ::-1]]))
    v = []
    for i in range(dim):
        left, right = (part[:, summary * k : summary * (k + 1)] for part, k in ((before, i), (after, dim - 1 - i)))
        phi = tanh_net(layers_of(tensors, f"{name}.shared"), np.hstack([left, right, times]))
        alpha, beta, gamma = (phi[:, terms * k : terms * (k + 1)] for k in range(3))
        own = x[:, i : i + 1]
        v.append((alpha * np.tanh(beta * own + gamma)).sum(1) + phi[:, -2] * x[:, i] + phi[:, -1])
    return np.stack(v, 1)


def field_at(field, tensors, name, t, x, c):
    """Velocity and divergence of a field, the latter by complex steps: no formula of it is needed."""
    angles = np.pi * t * np.arange(1, field["time"] + 1)
    times = np.tile(np.concatenate([[t], np.stack([np.cos(angles), np.sin(angles)], 1).ravel()]), (len(x), 1))
    c, of, tiny = np.clip(c, -field["clip"], field["clip"]), globals()[field["kind"]], 1e-30
    divergence = np.zeros(len(x))
    for i in range(x.shape[1]):
        moved = x.astype(complex)
        moved[:, i] += 1j * tiny
        divergence += of(field, tensors, name, times, c, moved)[:, i].imag / tiny
    return of(field, tensors, name, times, c, x), divergence


def steps(layer, tensors, name, c, x, begin):
    """From time begin, 1 or 0, to the other end: where the steps lead, and the sum of the divergences."""
    a, b, nodes = {
        "rk4": ([[], [0.5], [0, 0.5], [0, 0, 1]], [1 / 6, 1 / 3, 1 / 3, 1 / 6], [0, 0.5, 0.5, 1]),
        "midpoint": ([[], [0.5]], [0, 1], [0, 0.5]),
        "euler": ([[]], [1], [0]),
    }[layer["solver"]]
    z, ld, step = x.copy(), np.zeros(len(x)), (1 - 2 * begin) / layer["steps"]
    for n in range(layer["steps"]):
        k, q = [], []
        for row, node in zip(a, nodes):
            at = z + step * sum((w * v for w, v in zip(row, k)), np.zeros_like(z))
            v, divergence = field_at(layer["field"], tensors, f"{name}.field", begin + (n + node) * step, at, c)
            k, q = k + [v], q + [divergence]
        z = z + step * sum(w * v for w, v in zip(b, k))
        ld = ld + step * sum(w * d for w, d in zip(b, q))
    return z, ld


def continuous(layer, tensors, name, c, x):
    """The Jacobian of the steps' map, where it is asked for, by differences."""
    turned, tiny, dim = layer.get("explicit") == "decode", 1e-6, x.shape[1]
    run = lambda at: steps(layer, tensors, name, c, at, 0 if turned else 1)

    def jacobian(at):
        columns = [(run(at + tiny * e)[0] - run(at - tiny * e)[0]) / (2 * tiny) for e in np.eye(dim)]
        return np.stack(columns, 2)

    z = x
    for _ in range(50 if turned else 0):  # of the equation run(z) = x, by Newton
        z = z + np.linalg.solve(jacobian(z), (x - run(z)[0])[:, :, None])[:, :, 0]
    there, ld = run(z)
    if layer.get("log_det") == "map":
        ld = np.linalg.slogdet(jacobian(z))[1]
    return (z, -ld) if turned else (there, ld)


def residual(layer, tensors, name, c, x):
    h, values = x, x
    slope = np.tile(np.eye(x.shape[1]), (len(x), 1, 1))  # of h by x, and of all values
    slopes, layers = slope, len(layer["hidden"])
    for l in range(layers + 1):
        weight, bias = 4 * tensors[f"{name}.net.weight.{l}"], tensors[f"{name}.net.bias.{l}"][0]
        a, slope = h @ weight.T + bias, weight @ slope
        if l == 0 and c.shape[1] > 0:
            a = a + np.clip(c, -layer["clip"], layer["clip"]) @ tensors[f"{name}.net.context"].T
        if l == layers:
            return x + a, np.linalg.slogdet(np.eye(x.shape[1]) + slope)[1]
        b = np.exp(16 * tensors[f"{name}.net.sharpness.{l}"][0])
        if layer["activation"] == "tanh":
            u, d = np.tanh(b * a) / b, 1 - np.tanh(b * a) ** 2
        else:
            p = np.exp(-np.logaddexp(0, -b * a))
            u, d = a * p / 1.1, (p + b * a * p * (1 - p)) / 1.1
        slope = d[:, :, None] * slope
        values, slopes = np.hstack([values, u]), np.concatenate([slopes, slope], 1)
        h, slope = (values, slopes) if layer["dense"] else (u, slope)
def philox(seed, rows, block, stream):
    """Four words a row, Philox4x32-10."""
    mask = np.uint64(0xFFFFFFFF)
    rows = np.asarray(rows, np.uint64)
    a = [rows & mask, rows >> np.uint64(32), np.full_like(rows, block), np.full_like(rows, stream)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        p, q = a[0] * np.uint64(0xD2511F53), a[2] * np.uint64(0xCD9E8D57)
        high = [p >> np.uint64(32), q >> np.uint64(32)]
        a = [high[1] ^ a[1] ^ np.uint64(key[0]), q & mask, high[0] ^ a[3] ^ np.uint64(key[1]), p & mask]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(a, 1)


def uniforms(rows, columns, stream):
    words = np.hstack([philox(0, np.arange(rows), block, stream) for block in range((columns + 3) // 4)])
    return (words[:, :columns].astype(float) + 0.5) / 2**32


def normals(rows, columns, stream):
    u = uniforms(rows, columns + columns % 2, stream)
    radius, angle = np.sqrt(-2 * np.log(u[:, ::2])), 2 * np.pi * u[:, 1::2]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 2).reshape(rows, -1)[:, :columns]


STREAMS = {"slice": 1, "augment": 1, "mixture": 1, "continuous": 1, "mixed": 2, "langevin": 4, "metropolis": 4, "hmc": 4}


def stochastic(layer, t, x, stream):
    """Towards noise, without a target: the energy is abs(y)^2 / 2, its gradient y."""
    assert layer["lambda"] == 0
    rows, dim = x.shape
    eps, moves = layer["step"] * np.exp(bound(t["log_step"][0, 0] if "log_step" in t else 0)), layer["moves"]
    drawn, w = normals(rows, moves * dim, stream), uniforms(rows, moves, stream + 2)
    half_square = lambda a: (a**2).sum(1) / 2
    y, ld = x, np.zeros(rows)
    for i in range(moves):
        e = drawn[:, i * dim : (i + 1) * dim]
        if layer["kind"] == "langevin":
            new = y - eps * y + np.sqrt(2 * eps) * e
            ld = ld + half_square(e) - half_square(np.sqrt(eps / 2) * (y + new) - e)
            y = new
            continue
        new, v = (y + eps * e, e) if layer["kind"] == "metropolis" else (y, e)
        for _ in range(layer.get("leaps", 0)):
            v = v - eps / 2 * new
            new = new + eps * v
            v = v - eps / 2 * new
        rise = half_square(new) - half_square(y)
        made = np.log(w[:, i]) < half_square(e) - half_square(v) - rise
        y, ld = np.where(made[:, None], new, y), ld + np.where(made, rise, 0)
    return y, ld


def apply(layer, tensors, name, c, x):
    kind, rows = layer["kind"], len(x)
    back = layer.get("inverse", False)
    if kind in ("linear", "planar", "radial", "sylvester", "gdn", "langevin", "metropolis", "hmc"):
        own = {key.removeprefix(name + "."): value for key, value in tensors.items() if key.startswith(name + ".")}
        if STREAMS.get(kind) == 4:
            return stochastic(layer, own, x, layer["stream"])
        return globals()[kind](layer, own, x, back)
    if kind == "continuous":
        return continuous(layer, tensors, name, c, x)
    if kind == "residual":
        return residual(layer, tensors, name, c, x)
    if kind == "mixed":
        return mixed(layer, tensors, name, c, x)
    if kind == "mixture":
        return mixture(layer, tensors, name, c, x)
    if kind == "on":
        z, logd = x.copy(), np.zeros(rows)
        for j, inner in list(enumerate(layer["layers"]))[:: -1 if back else 1]:
            inner = invert(inner) if back else inner
            part, ld = apply({"circle": [], **inner}, tensors, f"{name}.layers.{j}", c, z[:, layer["columns"]])
            z[:, layer["columns"]], logd = part, logd + ld
        return z, logd
    if kind == "slice":
        kept = [j for j in range(x.shape[1]) if j not in layer["drop"]]
        phi = net(layer, tensors, name, seen(layer, c, x, kept))
        z, logd = map_columns(layer, phi, x, layer["drop"], False)
        return z[:, kept], logd - (z[:, layer["drop"]] ** 2 / 2 + np.log(2 * np.pi) / 2).sum(1)
    if kind == "permutation":
        z = x.copy()
        if back:
            z[:, layer["order"]] = x
        else:
            z = x[:, layer["order"]]
        return z, np.zeros(rows)
    if kind == "householder":
        z = x.copy()
        for v in tensors[f"{name}.reflections"][:: -1 if back else 1]:
            z -= 2 * np.outer(z @ v, v) / (v @ v)
        return z, np.zeros(rows)
    if kind == "batch_norm":
        mean, variance, gamma, beta = (tensors[f"{name}.{t}"][0] for t in ("mean", "variance", "gamma", "beta"))
        s = gamma - 0.5 * np.log(variance + layer["epsilon"])
        if back:
            return (x - beta) * np.exp(-s) + mean, np.full(rows, -s.sum())
        return (x - mean) * np.exp(s) + beta, np.full(rows, s.sum())
    if kind == "autoregressive" and back:
        return features_in_turn(layer, tensors, name, c, x)
    if kind == "elementwise":
        mapped, phi = list(range(x.shape[1])), tensors[f"{name}.phi"].reshape(1, -1).repeat(rows, 0)
    elif kind == "autoregressive":
        mapped = layer["order"]
        phi = net(layer, tensors, name, seen(layer, c, x, mapped))
    elif kind == "coupling":
        mapped = [i for i, m in enumerate(layer["mask"]) if m == 0]
        phi = net(layer, tensors, name, seen(layer, c, x, [i for i, m in enumerate(layer["mask"]) if m == 1]))
    return map_columns(layer, phi, x, mapped, back)


def level_of(door, cell):
    """Of an ordinal or a category without steps beyond: the level and the logarithm of its share there."""
    known = door["values"] if door["kind"] == "ordinal" else door["words"]
    if cell in GAPS:
        return len(known) + bool(door.get("rest")), 0.0
    value = float(cell) if door["kind"] == "ordinal" else cell
    if value in known:
        return known.index(value), 0.0
    return len(known), math.log(door["shares"][door["rest"].index(value)])


def measured(door, cells):
    """A number's feature and log-det."""
    kind, v = door["kind"], np.array([float(cell) for cell in cells])
    if kind == "rank":
        slopes = np.diff(door["at"]) / np.diff(door["knots"])
        i = np.searchsorted(door["knots"][1:-1], v, side="right")
        return np.array(door["at"])[i] + (v - np.array(door["knots"])[i]) * slopes[i], np.log(slopes[i])
    sign, ld = -1 if door.get("below") else 1, np.full(len(v), -np.log(door["scale"]))
    if kind == "log":
        v, ld = np.log(sign * (v - door.get("from", 0))), ld - np.log(sign * (v - door.get("from", 0)))
    if kind == "asinh":
        u = (v - door["center"]) / door["width"]
        v, ld = np.arcsinh(u), ld - np.log(door["width"]) - np.log1p(u * u) / 2
    if kind == "logit":
        low, high = door["low"], door["high"]
        v, ld = np.log((v - low) / (high - v)), ld + np.log((high - low) / ((v - low) * (high - v)))
    x = sign * (v - door["mean"]) / door["scale"]
    if kind == "circle":
        x -= 2 * np.pi * np.ceil((x - np.pi) / (2 * np.pi))
    return x, ld


GAPS = ("", "NA")


def through(door, cells):
    """Features, a list of [(column, levels or 0)], and the log-det."""
    n = len(cells)
    if door["kind"] == "constant":
        return [], np.zeros(n)
    if door["kind"] in ("ordinal", "category"):
        found = [level_of(door, cell) for cell in cells]
        count = len(door.get("values", door.get("words"))) + bool(door.get("rest")) + ("gap" in door)
        return [(np.array([level for level, _ in found], float), count)], np.array([share for _, share in found])
    if door["kind"] == "atoms":
        at = [None if a is None else a for a in door["at"]]
        of = lambda cell: None if cell in GAPS else float(cell) if is_number(cell) else cell
        level = np.array([at.index(of(cell)) + 1 if of(cell) in at else 0 for cell in cells], float)
        there = np.flatnonzero(level == 0)
        behind, ld = through(door["door"], [cells[r] for r in there])
        features, lp = [(level, len(at) + 1)], np.zeros(n)
        lp[there] = ld
        for own, count in behind:
            x = np.zeros(n)
            x[there] = own
            features.append((x, count))
        return features, lp
    if door["kind"] == "rounded":
        return through(door["door"], cells)
    if door["kind"] == "remainder":
        counts = [round((float(cell) - door.get("offset", 0)) / door.get("step", 1)) for cell in cells]
        whole, lp = through(door["whole"], [count // door["per"] for count in counts])
        left, ld = through(door["left"], [count % door["per"] for count in counts])
        return whole + left, lp + ld
    x, ld = measured(door, cells)
    return [(x, 0)], ld


def is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def enter(columns, cells, as_context=False):
    """Through the doors: features, and what is added to the log-density."""
    x, lp = [np.zeros((len(cells), 0))], np.zeros(len(cells))
    for j, column in enumerate(columns):
        features, ld = through(column["door"], [row[j] for row in cells])
        x += [one_hot(f, count) if count and as_context else f[:, None] for f, count in features]
        lp += ld
    return np.hstack(x), lp


def log_prob(model, tensors, values, context):
    x, lp = enter(model["columns"], values)
    c = enter(model["context"], context, as_context=True)[0]
    circle, levels = model["spec"].get("circle", []), model["spec"].get("levels", [])
    stream = 65536
    for k, layer in enumerate(model["spec"]["layers"]):
        more = {"circle": circle, "levels": levels, "stream": stream}
        x, ld = apply({**more, **layer}, tensors, f"layers.{k}", c, x)
        lp, stream = lp + ld, stream + STREAMS.get(layer["kind"], 0)
    base = model["spec"]["base"]
    if "override" not in base:
        return lp + base_log_prob(base, tensors, "base", c, x)
    own = sorted(int(j) for j in base["override"])
    others = [j for j in range(x.shape[1]) if j not in own]
    groups = [(base, others)] * bool(others) + [(base["override"][str(j)], [j]) for j in own]
    return lp + sum(base_log_prob(b, tensors, f"base.{i}", c, x[:, columns]) for i, (b, columns) in enumerate(groups))


def base_log_prob(base, tensors, name, c, x):
    if base["kind"] == "normal":
        return -0.5 * (x**2).sum(1) - 0.5 * np.log(2 * np.pi) * x.shape[1]
    if base["kind"] == "logistic":
        return (x - 2 * np.logaddexp(0, x)).sum(1)
    if base["kind"] == "student_t":
        nu = base["minimum"] + np.exp(bound(tensors[f"{name}.r"][0]))
        gamma = np.vectorize(math.lgamma)
        constant = gamma((nu + 1) / 2) - gamma(nu / 2) - 0.5 * np.log(nu * np.pi)
        return (constant - (nu + 1) / 2 * np.log1p(x**2 / nu)).sum(1)
    if base["kind"] in ("gaussian_mixture", "conditional_normal"):
        s = bound(tensors[f"{name}.r"])
        u = (x[:, None] - tensors[f"{name}.mean"]) * np.exp(-s)
        each = (-0.5 * u**2 - s - 0.5 * np.log(2 * np.pi)).sum(2)  # rows x components
        if base["kind"] == "gaussian_mixture":
            a = tensors[f"{name}.weight"][0]
            return logsumexp(each + a - logsumexp(a, 0), 1)
        of = np.abs(c[:, [base["column"]]] - tensors[f"{name}.value"]).argmin(1)
        return each[np.arange(len(x)), of]
    inside = ((x >= base["low"]) & (x <= base["high"])).all(1)
    return np.where(inside, -x.shape[1] * np.log(base["high"] - base["low"]), -np.inf)


def main():
    model, tensors = load(sys.argv[1])
    rows = list(csv.reader(open(sys.argv[2])))
    column = {name: i for i, name in enumerate(rows[0])}
    pick = lambda doors: [[row[column[d["name"]]] for d in doors] for row in rows[1:]]
    for value in log_prob(model, tensors, pick(model["columns"]), pick(model["context"])):
        print(repr(float(value)))


if __name__ == "__main__":
    main()
