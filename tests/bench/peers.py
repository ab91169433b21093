#!/usr/bin/python3
"""The same MAF (5 layers, 2 hidden layers of H) in PyTorch, written as its libraries do: dense masked products, and D
passes a layer to sample. Prints JSON lines {"what", "dim", "hidden", "threads", "rows_per_s"}.

usage: peers.py [D,H ...]   without python3-torch it says so and exits 0

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

LAYERS = 5


class Made(torch.nn.Module):
    def __init__(self, dim, hidden, reverse):
        super().__init__()
        order = torch.arange(dim).flip(0) if reverse else torch.arange(dim)
        inner = torch.arange(hidden) % max(1, dim - 1)
        degrees = [order, inner, inner, torch.cat([order - 1, order - 1])]
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
        return torch.nn.functional.linear(h, weights[2], self.linear[2].bias).chunk(2, 1)

    def forward(self, x, weights):
        t, r = self.phi(x, weights)
        s = r / (1 + r.abs() / 6.907755)
        return x * torch.exp(s) + t, s.sum(1)

    def inverse(self, z, weights):
        x = torch.zeros_like(z)
        for _ in range(z.shape[1]):
            t, r = self.phi(x, weights)
            x = (z - t) * torch.exp(-r / (1 + r.abs() / 6.907755))
        return x


class Maf(torch.nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.layers = torch.nn.ModuleList(Made(dim, hidden, l % 2 == 1) for l in range(LAYERS))

    def log_prob(self, x, weights=None):
        total = 0
        for l, layer in enumerate(self.layers):
            x, s = layer(x, weights[l] if weights else layer.weights())
            total = total + s
        return total - 0.5 * (x * x).sum(1) - 0.918938533 * x.shape[1]

    def sample(self, z, weights):
        for l in reversed(range(LAYERS)):
            z = self.layers[l].inverse(z, weights[l])
        return z


def rate(rows, step, seconds=2.0):
    """The best of the timings of about `seconds` seconds."""
    step()
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return rows / best


def measure(dim, hidden, threads):
    torch.set_num_threads(threads)
    flow = Maf(dim, hidden)
    result = {}
    with torch.no_grad():
        weights = [layer.weights() for layer in flow.layers]
        x = torch.randn(10000, dim)
        result["log-prob"] = rate(len(x), lambda: flow.log_prob(x, weights))
        z = torch.randn(2000, dim)
        result["sampling"] = rate(len(z), lambda: flow.sample(z, weights))
    for batch in (256, 1024):
        adam = torch.optim.Adam(flow.parameters(), 1e-4)
        rows = torch.randn(batch, dim)

        def step():
            adam.zero_grad(set_to_none=True)
            (-flow.log_prob(rows).mean()).backward()
            torch.nn.utils.clip_grad_norm_(flow.parameters(), 5)
            adam.step()

        result[f"training, batch {batch}"] = rate(batch, step)
    return result


def main():
    shapes = [tuple(map(int, a.split(","))) for a in sys.argv[1:]] or [(21, 128), (43, 512)]
    for dim, hidden in shapes:
        for threads in (1, 2):
            for what, value in measure(dim, hidden, threads).items():
                row = {"what": what, "dim": dim, "hidden": hidden, "threads": threads, "rows_per_s": round(value)}
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
