#!/usr/bin/python3
"""An SOS flow (5 autoregressive layers, 2 hidden layers of H, 5 polynomials of degree 3) in PyTorch, written the usual way,
as zuko's: dense masked products, and the integral by Gauss-Legendre quadrature with degree + 1 nodes, which is exact.
It reaches the same maps as ours with two polynomials.
Prints JSON lines as peers.py does.

usage: peers_sos.py [D,H ...]   without python3-torch it says so and exits 0
"""
import json
import sys

from peers import rate, torch

import numpy

LAYERS, POLYNOMIALS, DEGREE, SLOPE = 5, 5, 3, 1e-3
PARAMS = 1 + POLYNOMIALS * (DEGREE + 1)
NODES, SHARES = (torch.tensor(t, dtype=torch.float32) for t in numpy.polynomial.legendre.leggauss(DEGREE + 1))


class Sos(torch.nn.Module):
    def __init__(self, dim, hidden, reverse):
        super().__init__()
        order = torch.arange(dim).flip(0) if reverse else torch.arange(dim)
        inner = torch.arange(hidden) % max(1, dim - 1)
        degrees = [order, inner, inner, (order - 1).repeat_interleave(PARAMS)]
        self.linear = torch.nn.ModuleList()
        for l in range(3):
            self.linear.append(torch.nn.Linear(len(degrees[l]), len(degrees[l + 1])))
            self.register_buffer(f"mask{l}", (degrees[l + 1][:, None] >= degrees[l][None, :]).float())

    def phi(self, x):
        h = x
        for l, linear in enumerate(self.linear):
            h = torch.nn.functional.linear(h, linear.weight * getattr(self, f"mask{l}"), linear.bias)
            h = torch.relu(h) if l < 2 else h
        return h.unflatten(1, (x.shape[1], PARAMS))

    @staticmethod
    def slope(a, u):
        """a: rows x features x polynomials x powers, u: rows x features; the sum of the squared 1 + polynomials."""
        powers = u[..., None] ** torch.arange(DEGREE + 1)
        return SLOPE + (1 + (a @ powers[..., None])[..., 0]).square().mean(-1)

    def forward(self, x):
        phi = self.phi(x)
        c, a = phi[..., 0], phi[..., 1:].unflatten(2, (POLYNOMIALS, DEGREE + 1))
        y = c
        for node, share in zip(NODES, SHARES):
            y = y + x / 2 * share * self.slope(a, x / 2 * (node + 1))
        return y, torch.log(self.slope(a, x)).sum(1)


class Flow(torch.nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.layers = torch.nn.ModuleList(Sos(dim, hidden, l % 2 == 1) for l in range(LAYERS))

    def log_prob(self, x):
        total = 0
        for layer in self.layers:
            x, logd = layer(x)
            total = total + logd
        return total - 0.5 * (x * x).sum(1) - 0.918938533 * x.shape[1]


def measure(dim, hidden, threads):
    torch.set_num_threads(threads)
    flow = Flow(dim, hidden)
    for parameter in flow.parameters():
        parameter.data *= 0.1
    with torch.no_grad():
        x = torch.randn(4096, dim)
        yield "log-prob", rate(len(x), lambda: flow.log_prob(x))
    for batch in (256, 1024):
        adam = torch.optim.Adam(flow.parameters(), 1e-4)
        rows = torch.randn(batch, dim)

        def step():
            adam.zero_grad(set_to_none=True)
            (-flow.log_prob(rows).mean()).backward()
            torch.nn.utils.clip_grad_norm_(flow.parameters(), 5)
            adam.step()

        yield f"training, batch {batch}", rate(batch, step)


def main():
    shapes = [tuple(map(int, a.split(","))) for a in sys.argv[1:]] or [(43, 512)]
    for dim, hidden in shapes:
        for threads in (1, 2):
            for what, value in measure(dim, hidden, threads):
                row = {"what": f"sos: {what}", "dim": dim, "hidden": hidden, "threads": threads}
                print(json.dumps({**row, "rows_per_s": round(value)}), flush=True)


if __name__ == "__main__":
    main()
