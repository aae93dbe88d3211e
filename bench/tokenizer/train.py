"""Hugging Face's trainer: train.py --corpus FILE --vocab-size N --out FILE. The pattern is cl100k's, the alphabet all
bytes; the merges go to FILE, a line each. With --text FILE in place of --corpus, a text is read as it is trained on."""

import argparse
import json
import time

import tokenizers
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

parser = argparse.ArgumentParser()
parser.add_argument("--corpus")
parser.add_argument("--text")
parser.add_argument("--pattern")
parser.add_argument("--vocab-size", type=int)
parser.add_argument("--out")
given = parser.parse_args()

if given.corpus:
    with open(given.corpus, encoding="utf-8") as file:
        documents = json.load(file)
else:
    documents = open(given.text, encoding="utf-8")

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(given.pattern), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)
trainer = trainers.BpeTrainer(
    vocab_size=given.vocab_size,
    min_frequency=2,
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)


def status_bytes(field):
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(field))
    return int(line.split()[1]) * 1024


before = status_bytes("VmRSS")
start = time.perf_counter()
tokenizer.train_from_iterator(documents, trainer)
ms = (time.perf_counter() - start) * 1000
peak = status_bytes("VmHWM")

with open(given.out, "w", encoding="utf-8") as out:
    for pair in json.loads(tokenizer.to_str())["model"]["merges"]:
        print(*pair, file=out)
version = tokenizers.__version__
print(json.dumps({"version": version, "ms": ms, "rssBeforeBytes": before, "peakRssBytes": peak}))
