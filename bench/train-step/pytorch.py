"""GPT-2's training step in PyTorch: SDPA, one GEMM for Q, K and V, tied head, fused AdamW.

Prints one JSON line, the one that run.mjs reads.
"""

import argparse
import json
import os
import statistics
import sys
import time
from contextlib import nullcontext
from pathlib import Path

def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", default="a", help="a key of shapes.json")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
    parser.add_argument("--compile", action="store_true", help="torch.compile the loss")
    parser.add_argument("--adamw", choices=["fused", "foreach", "loop"], default="fused")
    return parser.parse_args()


def contender(args):
    return "pytorch" + ("-bf16" if args.bf16 else "") + ("-compile" if args.compile else "")


ARGS = parse_arguments()

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError:
    reason = f"{sys.executable} has no torch: pip install torch, or name another with PYTHON=…"
    print(json.dumps({"contender": contender(ARGS), "skipped": reason}))
    sys.exit(0)


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        C = shape["embedDim"]
        self.head_dim = C // shape["numHeads"]
        self.attention_norm = nn.LayerNorm(C)
        self.qkv = nn.Linear(C, 3 * C)
        self.attention_out = nn.Linear(C, C)
        self.feed_forward_norm = nn.LayerNorm(C)
        self.widen = nn.Linear(C, 4 * C)
        self.narrow = nn.Linear(4 * C, C)

    def attend(self, x):
        B, T, C = x.shape
        qkv = self.qkv(x).view(B, T, 3, -1, self.head_dim)
        q, k, v = (part.transpose(1, 2) for part in qkv.unbind(2))  # (B, H, T, D)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.attention_out(y.transpose(1, 2).reshape(B, T, C))

    def forward(self, x):
        x = x + self.attend(self.attention_norm(x))
        hidden = F.gelu(self.widen(self.feed_forward_norm(x)), approximate="tanh")
        return x + self.narrow(hidden)


class Gpt2(nn.Module):
    def __init__(self, shape):
        super().__init__()
        C = shape["embedDim"]
        self.tokens = nn.Embedding(shape["vocabSize"], C)
        self.positions = nn.Embedding(shape["contextLength"], C)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape["numLayers"]))
        self.final_norm = nn.LayerNorm(C)
        for weight in (p for p in self.parameters() if p.dim() == 2):
            nn.init.normal_(weight, std=0.02)

    def forward(self, ids, targets):
        """Mean cross-entropy of (B, T) ids and targets; the head is the token embedding."""
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.final_norm(x), self.tokens.weight)  # (B, T, V)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def fixed_batch(shape):
    """The same ids for every contender: Knuth's multiplicative hash of the position."""
    B, T = shape["batchSize"], shape["numTokens"]
    ids = [(i * 2654435761 % 2**32 >> 8) % shape["vocabSize"] for i in range(B * T + 1)]
    return torch.tensor(ids[:-1]).view(B, T), torch.tensor(ids[1:]).view(B, T)


def adamw(model):
    kinds = {"fused": {"fused": True}, "foreach": {"foreach": True}, "loop": {"foreach": False}}
    settings = {"lr": 3e-4, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.1}
    return torch.optim.AdamW(model.parameters(), **settings, **kinds[ARGS.adamw])


def timed_steps(shape):
    """Losses of all steps, and seconds of those after the warm-up."""
    torch.manual_seed(1)
    torch.set_num_threads(ARGS.threads)
    model = Gpt2(shape)
    optimizer = adamw(model)
    ids, targets = fixed_batch(shape)
    loss_of = torch.compile(model) if ARGS.compile else model
    precision = torch.autocast("cpu", dtype=torch.bfloat16) if ARGS.bf16 else nullcontext()
    losses, seconds = [], []
    for _ in range(ARGS.warmup + ARGS.steps):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with precision:
            loss = loss_of(ids, targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - start)
    return losses, seconds[ARGS.warmup :]


def peak_rss_bytes():
    """VmHWM where there is /proc: getrusage also counts what this process was before exec."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def main():
    shapes = json.loads(Path(__file__).with_name("shapes.json").read_text())
    shape = shapes[ARGS.shape]
    losses, seconds = timed_steps(shape)
    median = statistics.median(seconds)
    print(
        json.dumps(
            {
                "contender": contender(ARGS),
                "version": torch.__version__,
                "steps": len(seconds),
                "tokensPerSecond": shape["batchSize"] * shape["numTokens"] / median,
                "stepMs": {"median": median * 1000, "min": min(seconds) * 1000},
                "peakRssBytes": peak_rss_bytes(),
                "loss": {"first": losses[0], "last": losses[-1]},
            }
        )
    )


main()
