"""log p of the rows of a table under a model file, in NumPy and double precision, written from share/doc/format.md alone.

usage: reference.py MODEL.nf TABLE.csv [CONTEXT-COLUMN,...]   one log-density a line
"""
import csv
import json
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


PARAMS = {"affine": 2, "additive": 1, "scale": 1}


def transform(spec, phi, x):
    """phi: rows x features x P; returns f(x), log f'(x)."""
    kind = spec["kind"]
    t = phi[..., 0] if kind != "scale" else 0
    s = {"affine": lambda: bound(phi[..., 1]), "additive": lambda: 0 * x, "scale": lambda: bound(phi[..., 0])}[kind]()
    if spec.get("inverse"):
        return (x - t) * np.exp(-s), -s
    return x * np.exp(s) + t, s


def invert(spec):
    spec = dict(spec)
    spec["inverse"] = not spec.get("inverse", False)
    return spec


def features_in_turn(layer, tensors, name, c, y, spec):
    """The inverse of an autoregressive layer, feature by feature."""
    x = np.zeros_like(y)
    logd = np.zeros(len(y))
    order, params = layer["order"], PARAMS[spec["kind"]]
    for i, j in enumerate(order):
        phi = net(layer, tensors, name, np.hstack([c, x[:, order]]))[:, i * params : (i + 1) * params]
        x[:, j], ld = transform(invert(spec), phi, y[:, j])
        logd += ld
    return x, logd


def apply(layer, tensors, name, c, x):
    kind, rows = layer["kind"], len(x)
    back = layer.get("inverse", False)
    if kind == "permutation":
        z = x.copy()
        if back:
            z[:, layer["order"]] = x
        else:
            z = x[:, layer["order"]]
        return z, np.zeros(rows)
    if kind == "batch_norm":
        mean, variance, gamma, beta = (tensors[f"{name}.{t}"][0] for t in ("mean", "variance", "gamma", "beta"))
        s = gamma - 0.5 * np.log(variance + layer["epsilon"])
        if back:
            return (x - beta) * np.exp(-s) + mean, np.full(rows, -s.sum())
        return (x - mean) * np.exp(s) + beta, np.full(rows, s.sum())
    spec = layer["transformer"]
    if kind == "autoregressive" and back:
        return features_in_turn(layer, tensors, name, c, x, spec)
    params, z = PARAMS[spec["kind"]], x.copy()
    if kind == "elementwise":
        mapped, phi = list(range(x.shape[1])), tensors[f"{name}.phi"][None].repeat(rows, 0)
    elif kind == "autoregressive":
        mapped = layer["order"]
        phi = net(layer, tensors, name, np.hstack([c, x[:, mapped]]))
    elif kind == "coupling":
        mapped = [i for i, m in enumerate(layer["mask"]) if m == 0]
        phi = net(layer, tensors, name, np.hstack([c, x[:, [i for i, m in enumerate(layer["mask"]) if m == 1]]]))
    phi = phi.reshape(rows, len(mapped), params)
    z[:, mapped], logd = transform(invert(spec) if back else spec, phi, x[:, mapped])
    return z, logd.sum(1)


def log_prob(model, tensors, values, context):
    door = lambda doors, v: (v - np.array([d["mean"] for d in doors])) / np.array([d["scale"] for d in doors])
    x = door(model["columns"], values)
    c = door(model["context"], context) if model["context"] else np.zeros((len(x), 0))
    lp = np.full(len(x), -sum(np.log(d["scale"]) for d in model["columns"]))
    for k, layer in enumerate(model["spec"]["layers"]):
        x, ld = apply(layer, tensors, f"layers.{k}", c, x)
        lp += ld
    base = model["spec"]["base"]
    if base["kind"] == "normal":
        return lp - 0.5 * (x**2).sum(1) - 0.5 * np.log(2 * np.pi) * x.shape[1]
    if base["kind"] == "logistic":
        return lp + (x - 2 * np.logaddexp(0, x)).sum(1)
    inside = ((x >= base["low"]) & (x <= base["high"])).all(1)
    return np.where(inside, lp - x.shape[1] * np.log(base["high"] - base["low"]), -np.inf)


def main():
    model, tensors = load(sys.argv[1])
    rows = list(csv.reader(open(sys.argv[2])))
    table = np.array([[float(v) for v in row] for row in rows[1:]])
    column = {name: i for i, name in enumerate(rows[0])}
    pick = lambda doors: table[:, [column[d["name"]] for d in doors]]
    for value in log_prob(model, tensors, pick(model["columns"]), pick(model["context"])):
        print(repr(float(value)))


if __name__ == "__main__":
    main()
