#!/usr/bin/python3
"""The same MAF (5 layers, 2 hidden layers of H) in PyTorch, written as its libraries do: dense masked products, and D
passes a layer to sample; and the same neural spline flows: 8 coupling layers, or 5 autoregressive ones, of
rational-quadratic splines with 8 bins. Prints JSON lines {"what", "dim", "hidden", "threads", "rows_per_s"}.

usage: peers.py [maf|nsf] [D,H ...]   without python3-torch it says so and exits 0

Debian's PyTorch multiplies with the system's BLAS: install libopenblas0-pthread too, or the rates are those of the
reference BLAS, 15 to 40 times lower.
"""
import json
import os
import sys
import time

# These force an older CPU's kernels on OpenBLAS; it finds the right ones itself.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
try:
    import torch
except ImportError:
    print("peers.py: python3-torch is not installed; no peers to compare with", file=sys.stderr)
    sys.exit(0)

BINS, BOUND = 8, 3.0


class Made(torch.nn.Module):
    def __init__(self, dim, hidden, reverse, params=2):
        super().__init__()
        order = torch.arange(dim).flip(0) if reverse else torch.arange(dim)
        inner = torch.arange(hidden) % max(1, dim - 1)
        degrees = [order, inner, inner, (order - 1).repeat(params)]
        self.linear = torch.nn.ModuleList()
        for l in range(3):
            self.linear.append(torch.nn.Linear(len(degrees[l]), len(degrees[l + 1])))
            self.register_buffer(f"mask{l}", (degrees[l + 1][:, None] >= degrees[l][None, :]).float())
        self.order = order
        torch.nn.init.zeros_(self.linear[2].weight)
        torch.nn.init.zeros_(self.linear[2].bias)

    def weights(self):
        return [self.linear[l].weight * getattr(self, f"mask{l}") for l in range(3)]

    def phi(self, x, weights):
        h = torch.relu(torch.nn.functional.linear(x, weights[0], self.linear[0].bias))
        h = torch.relu(torch.nn.functional.linear(h, weights[1], self.linear[1].bias))
        return torch.nn.functional.linear(h, weights[2], self.linear[2].bias)

    def forward(self, x, weights):
        t, r = self.phi(x, weights).chunk(2, 1)
        s = r / (1 + r.abs() / 6.907755)
        return x * torch.exp(s) + t, s.sum(1)

    def inverse(self, z, weights):
        x = torch.zeros_like(z)
        for _ in range(z.shape[1]):
            t, r = self.phi(x, weights).chunk(2, 1)
            x = (z - t) * torch.exp(-r / (1 + r.abs() / 6.907755))
        return x


class Flow(torch.nn.Module):
    def __init__(self, layer, layers, dim, hidden):
        super().__init__()
        self.layers = torch.nn.ModuleList(layer(dim, hidden, l % 2 == 1) for l in range(layers))

    def log_prob(self, x, weights=None):
        total = 0
        for l, layer in enumerate(self.layers):
            x, s = layer(x, weights[l] if weights else layer.weights())
            total = total + s
        return total - 0.5 * (x * x).sum(1) - 0.918938533 * x.shape[1]

    def sample(self, z, weights):
        for l in reversed(range(len(self.layers))):
            z = self.layers[l].inverse(z, weights[l])
        return z


def knots(logits, bound):
    share = 1e-3 + (1 - 1e-3 * BINS) * torch.softmax(logits, -1)
    return torch.nn.functional.pad(2 * bound * torch.cumsum(share, -1), (1, 0)) - bound


def spline(x, phi, inverse=False, bound=BOUND):
    """x: rows x features, phi: rows x features x (3 bins - 1); f(x) and log f'(x), or those of the inverse."""
    xs, ys = knots(phi[..., :BINS], bound), knots(phi[..., BINS : 2 * BINS], bound)
    slopes = 1e-3 + torch.nn.functional.softplus(phi[..., 2 * BINS :])
    slopes = torch.nn.functional.pad(slopes, (1, 1), value=1.0)
    inside = x.clamp(-bound, bound)
    k = (inside[..., None] >= (ys if inverse else xs)[..., 1:-1]).sum(-1, keepdim=True)
    at = lambda table, i: table.gather(-1, i).squeeze(-1)
    x0, y0, d0, d1 = at(xs, k), at(ys, k), at(slopes, k), at(slopes, k + 1)
    w, h = at(xs, k + 1) - x0, at(ys, k + 1) - y0
    s = h / w
    bend = d0 + d1 - 2 * s
    if inverse:
        up = inside - y0
        a, b = h * (s - d0) + up * bend, h * d0 - up * bend
        t = 2 * s * up / (b + torch.sqrt(b * b + 4 * a * s * up))
    else:
        t = (inside - x0) / w
    tt = t * (1 - t)
    d = s + bend * tt
    logd = torch.log((s / d) ** 2 * (d1 * t * t + 2 * s * tt + d0 * (1 - t) ** 2))
    value = x0 + t * w if inverse else y0 + h * (s * t * t + d0 * tt) / d
    out = x.abs() > bound
    return torch.where(out, x, value), torch.where(out, torch.zeros_like(x), -logd if inverse else logd)


class SplineMade(Made):
    def __init__(self, dim, hidden, reverse):
        super().__init__(dim, hidden, reverse, 3 * BINS - 1)

    def forward(self, x, weights):
        phi = self.phi(x, weights).view(len(x), -1, x.shape[1]).transpose(1, 2)
        z, logd = spline(x, phi)
        return z, logd.sum(1)


class SplineCoupling(torch.nn.Module):
    def __init__(self, dim, hidden, odd):
        super().__init__()
        self.passes, self.mapped = torch.arange(odd, dim, 2), torch.arange(1 - odd, dim, 2)
        shape = [len(self.passes), hidden, hidden, len(self.mapped) * (3 * BINS - 1)]
        self.net = torch.nn.Sequential(
            torch.nn.Linear(shape[0], shape[1]),
            torch.nn.ReLU(),
            torch.nn.Linear(shape[1], shape[2]),
            torch.nn.ReLU(),
            torch.nn.Linear(shape[2], shape[3]),
        )

    def weights(self):
        return None

    def forward(self, x, weights, inverse=False):
        y, phi = x.clone(), self.net(x[:, self.passes]).view(len(x), len(self.mapped), -1)
        y[:, self.mapped], logd = spline(x[:, self.mapped], phi, inverse)
        return y, logd.sum(1)

    def inverse(self, z, weights):
        return self(z, weights, True)[0]


def rate(rows, step, seconds=2.0):
    """The best of the timings of about `seconds` seconds."""
    step()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return rows / best


def measure(name, flow, dim, threads, batches, samples):
    torch.set_num_threads(threads)
    result = {}
    with torch.no_grad():
        weights = [layer.weights() for layer in flow.layers]
        x = torch.randn(10000, dim)
        result["log-prob"] = rate(len(x), lambda: flow.log_prob(x, weights))
        if samples:
            z = torch.randn(samples, dim)
            result["sampling"] = rate(len(z), lambda: flow.sample(z, weights))
    for batch in batches:
        adam = torch.optim.Adam(flow.parameters(), 1e-4)
        rows = torch.randn(batch, dim)

        def step():
            adam.zero_grad(set_to_none=True)
            (-flow.log_prob(rows).mean()).backward()
            torch.nn.utils.clip_grad_norm_(flow.parameters(), 5)
            adam.step()

        result[f"training, batch {batch}"] = rate(batch, step)
    return {name + what: value for what, value in result.items()}


def main():
    families = [a for a in sys.argv[1:] if a in ("maf", "nsf")] or ["maf", "nsf"]
    shapes = [tuple(map(int, a.split(","))) for a in sys.argv[1:] if "," in a]
    for family in families:
        for dim, hidden in shapes or ([(21, 128), (43, 512)] if family == "maf" else [(43, 128), (43, 512)]):
            for threads in (1, 2):
                if family == "maf":
                    runs = [("", Flow(Made, 5, dim, hidden), (256, 1024), 2000)]
                else:
                    runs = [
                        ("nsf_coupling: ", Flow(SplineCoupling, 8, dim, hidden), (256,), 10000),
                        ("nsf: ", Flow(SplineMade, 5, dim, hidden), (256,), 0),
                    ]
                for name, flow, batches, samples in runs:
                    for what, value in measure(name, flow, dim, threads, batches, samples).items():
                        row = {"what": what, "dim": dim, "hidden": hidden, "threads": threads}
                        print(json.dumps(row | {"rows_per_s": round(value)}), flush=True)


if __name__ == "__main__":
    main()
