#!/usr/bin/python3
"""Continuous flows in PyTorch, as their libraries do them: FFJORD (a net of tanh's that sees the time, 20 steps of rk4,
a random probe for the trace, gradients through the solver), the same trained by flow matching, the field of nf-train
--flow cnf with its closed trace (8 steps in training, 16 in scores), and zuko's flow where zuko can be imported.
Prints JSON lines {"what", "dim", "hidden", "threads", "rows_per_s"}.

usage: peers_cnf.py [D,H ...]   without python3-torch it says so and exits 0

"what" names ours that it stands beside. FFJORD's net has three layers of H / 2, about as many numbers as two of H.
"""
import json
import sys
from peers import rate, torch


class Net(torch.nn.Module):
    """FFJORD's: v and, of one probe e, e' J e."""

    def __init__(self, dim, hidden):
        super().__init__()
        widths = [dim + 1] + [hidden // 2] * 3 + [dim]
        self.linear = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, t, x):
        h = torch.cat([x, t * torch.ones_like(x[:, :1])], 1)
        for layer in self.linear[:-1]:
            h = torch.tanh(layer(h))
        return self.linear[-1](h)

    def traced(self, t, x, e, train):
        with torch.enable_grad():
            x = x if x.requires_grad else x.detach().requires_grad_()
            v = self(t, x)
            (back,) = torch.autograd.grad((v * e).sum(), x, create_graph=train)
        return (v, (back * e).sum(1)) if train else (v.detach(), (back * e).sum(1).detach())


class Bilinear(torch.nn.Module):
    """v = W2 (h + u), h = tanh(W0 x ..), u = tanh(W1 h ..): its trace is one product."""

    def __init__(self, dim, hidden):
        super().__init__()
        self.inner = torch.nn.Linear(dim + 1, hidden)
        self.middle = torch.nn.Linear(hidden + 1, hidden)
        self.outer = torch.nn.Linear(hidden, dim)
        self.dim = dim

    def traced(self, t, x, e, train):
        time = t * torch.ones_like(x[:, :1])
        h = torch.tanh(self.inner(torch.cat([x, time], 1)))
        u = torch.tanh(self.middle(torch.cat([h, time], 1)))
        first, second, last = self.inner.weight[:, : self.dim], self.middle.weight[:, :-1], self.outer.weight
        q = first @ last
        d1, d2 = 1 - h * h, 1 - u * u
        return self.outer(h + u), (d2 * (d1 @ (second * q.T).T)).sum(1) + d1 @ q.diagonal()


def log_prob(field, x, steps, train):
    e = torch.randint(0, 2, x.shape).to(x.dtype) * 2 - 1
    h, total = -1.0 / steps, 0
    for n in range(steps):
        t = 1 + n * h
        v1, q1 = field.traced(t, x, e, train)
        v2, q2 = field.traced(t + h / 2, x + h / 2 * v1, e, train)
        v3, q3 = field.traced(t + h / 2, x + h / 2 * v2, e, train)
        v4, q4 = field.traced(t + h, x + h * v3, e, train)
        x = x + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        total = total + h / 6 * (q1 + 2 * q2 + 2 * q3 + q4)
    return total - 0.5 * (x * x).sum(1) - 0.918938533 * x.shape[1]


def trained(parameters, batch, loss):
    adam = torch.optim.Adam(parameters, 1e-4)

    def step():
        adam.zero_grad(set_to_none=True)
        loss().backward()
        adam.step()

    return rate(batch, step, 4.0)


def measure(dim, hidden):
    batch, many = 256, 1024
    rows, table = torch.randn(batch, dim), torch.randn(many, dim)
    ffjord, bilinear = Net(dim, hidden), Bilinear(dim, hidden)

    def matching():
        t, z = torch.rand(batch, 1), torch.randn(batch, dim)
        return (ffjord(t, (1 - t) * z + t * rows) - (rows - z)).square().sum(1).mean()

    yield "cnf: matching, batch 256", trained(ffjord.parameters(), batch, matching)
    for name, field, steps, scored in (("FFJORD", ffjord, 20, 20), ("the same field", bilinear, 8, 16)):
        suffix = "" if name == "FFJORD" else f" ({name})"
        train = lambda: -log_prob(field, rows, steps, True).mean()
        yield "cnf: training, batch 256, 8 steps" + suffix, trained(field.parameters(), batch, train)
        with torch.no_grad():
            yield "cnf: log-prob, 16 steps" + suffix, rate(many, lambda: log_prob(field, table, scored, False), 4.0)
    try:
        import zuko
    except ImportError:
        print("peers_cnf.py: zuko cannot be imported and is left out", file=sys.stderr)
        return
    flow = zuko.flows.CNF(dim, hidden_features=(hidden // 2,) * 3)
    yield "cnf: training, batch 256, 8 steps (zuko)", trained(
        flow.parameters(), batch, lambda: -flow().log_prob(rows).mean()
    )
    with torch.no_grad():
        yield "cnf: log-prob, 16 steps (zuko)", rate(many, lambda: flow().log_prob(table), 4.0)


def main():
    torch.set_num_threads(1)
    shapes = [tuple(map(int, a.split(","))) for a in sys.argv[1:] if "," in a]
    for dim, hidden in shapes or [(6, 128), (43, 256)]:
        for what, value in measure(dim, hidden):
            row = {"what": what, "dim": dim, "hidden": hidden, "threads": 1}
            print(json.dumps(row | {"rows_per_s": round(value)}), flush=True)


main()
