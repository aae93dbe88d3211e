"""Writes random-streams.json: long mixed streams of PyTorch's CPU generator, to be replayed step by step.

Run with PyTorch 2.13 on a CPU that is not Intel's (there MKL draws bernoulli and exponential differently):
    python random-streams.py > random-streams.json
Every step continues the one global stream. `sha256` is over the little-endian bytes of the result; float64 results
that pass through log, sin or cos are listed as `values` instead, because mathematics libraries differ in the last bit.
"""

import hashlib
import json
import random

import torch
from torch.utils.data import DataLoader

torch_dtypes = {"float32": torch.float32, "float64": torch.float64, "int32": torch.int32}
choose = random.Random(20)


def sha256(tensor):
    return hashlib.sha256(tensor.contiguous().numpy().tobytes()).hexdigest()


def length():
    return choose.choice([1, 2, 3, 7, 15, 16, 17, 24, 31, 32, 33, 100, 623, 624, 625, 1000, 5003])


def floats():
    return choose.choice(["float32", "float32", "float64"])


def weights(n, dtype):
    """Weights that the test can make again: small whole numbers, some of them zero."""
    return torch.tensor([(7 * i + 3) % 11 for i in range(n)], dtype=torch_dtypes[dtype])


def uniform():
    step = {"op": "uniform", "dtype": floats(), "n": length()}
    bounds = sorted([choose.uniform(-3, 3), choose.choice([0, 1e-3, choose.uniform(-1e3, 1e3)])])
    step["from"], step["to"] = choose.choice([[0, 1], bounds])
    result = torch.empty(step["n"], dtype=torch_dtypes[step["dtype"]]).uniform_(step["from"], step["to"])
    return {**step, "sha256": sha256(result)}


def normal():
    step = {"op": "normal", "dtype": floats(), "n": length()}
    step["mean"], step["std"] = choose.choice([[0, 1], [0, 0.02], [choose.uniform(-2, 2), choose.uniform(0, 3)]])
    if step["dtype"] == "float64":
        step["n"] = min(step["n"], 33)
    result = torch.empty(step["n"], dtype=torch_dtypes[step["dtype"]]).normal_(step["mean"], step["std"])
    return {**step, **outcome(result)}


def exponential():
    step = {"op": "exponential", "dtype": floats(), "n": length()}
    if step["dtype"] == "float64":
        step["n"] = min(step["n"], 33)
    return {**step, **outcome(torch.empty(step["n"], dtype=torch_dtypes[step["dtype"]]).exponential_())}


def outcome(result):
    return {"values": result.tolist()} if result.dtype == torch.float64 else {"sha256": sha256(result)}


def randint():
    low, high = choose.choice([[0, 10], [-5, 6], [0, 2**28 - 1], [0, 2**28], [-(2**31), 2**31 - 1], [3, 2**31]])
    step = {"op": "randint", "dtype": "int32", "n": length(), "low": low, "high": high}
    if choose.random() < 0.3:
        step.update(dtype="float64", low=choose.choice([0, -7]), high=choose.choice([2**32, 2**32 - 1, 2**45 + 1]))
    result = torch.randint(step["low"], step["high"], (step["n"],), dtype=torch_dtypes[step["dtype"]])
    return {**step, "sha256": sha256(result)}


def random64():
    return {"op": "random64", "value": str(torch.empty((), dtype=torch.int64).random_().item())}


def permutation():
    step = {"op": "permutation", "n": length()}
    return {**step, "sha256": sha256(torch.randperm(step["n"]))}


def bernoulli():
    step = {"op": "bernoulli", "n": length(), "p": choose.choice([0, 1, 0.5, choose.random()])}
    return {**step, "sha256": sha256(torch.empty(step["n"]).bernoulli_(step["p"]))}


def bernoulli_each():
    step = {"op": "bernoulliEach", "n": length(), "dtype": floats()}
    p = weights(step["n"], step["dtype"]) / 10
    return {**step, "sha256": sha256(torch.bernoulli(p))}


def dropout():
    step = {"op": "dropout", "n": length(), "rate": choose.choice([0, 1, 0.1, 0.2, 0.5, choose.random()])}
    return {**step, "sha256": sha256(torch.nn.functional.dropout(torch.ones(step["n"]), step["rate"]))}


def multinomial():
    step = {"op": "multinomial", "dtype": floats(), "n": choose.choice([2, 9, 100, 5003])}
    step["replacement"] = choose.random() < 0.5
    step["count"] = choose.choice([1, 2, 40 if step["replacement"] else 2])
    drawn = torch.multinomial(weights(step["n"], step["dtype"]), step["count"], replacement=step["replacement"])
    return {**step, "sha256": sha256(drawn)}


def epoch():
    """One epoch of a DataLoader, with a draw between `iter` and the first batch and one after each sample."""
    step = {"op": "epoch", "n": choose.choice([1, 2, 5, 20]), "shuffle": choose.random() < 0.7}
    batches = iter(DataLoader(list(range(step["n"])), batch_size=1, shuffle=step["shuffle"]))
    between = [torch.rand(1).item()]
    order = []
    for batch in batches:
        order.append(batch.item())
        between.append(torch.rand(1).item())
    return {**step, "order": order, "between": between}


def state():
    """The bytes of the generator's state; the cached normal among them is a float64, so it stands apart."""
    data = torch.get_rng_state()
    cached = data[5024:5032].view(torch.float64).item()
    data[5024:5032] = 0
    return {"op": "state", "sha256": sha256(data), "values": [cached]}


operations = [uniform, normal, normal, exponential, randint, random64, permutation]
operations += [bernoulli, bernoulli_each, dropout, multinomial, epoch]


def stream(seed):
    torch.manual_seed(seed)
    steps = [choose.choice(operations)() for _ in range(24)]
    return {"seed": seed, "steps": steps + [state()]}


streams = [stream(seed) for seed in [0, 1, 42, 123, 789, 2**32 + 5, 2**53 - 1] + list(range(1000, 1033))]
print('{"torch":"%s","streams":[' % torch.__version__)
print(",\n".join(json.dumps(each, separators=(",", ":")) for each in streams))
print("]}")
