"""One of Python's native encoders over one corpus, timed as encode.mjs does; its options are the same."""

import argparse
import json
import time

from encoders import encoders

parser = argparse.ArgumentParser()
parser.add_argument("--encoder", choices=encoders)
parser.add_argument("--corpus")
parser.add_argument("--limit", type=float, default=60)
given = parser.parse_args()


def peak_rss_bytes():
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def one_pass(encode):
    """Encodes all documents, or those that the limit leaves time for."""
    num_tokens = size_bytes = 0
    start = time.perf_counter()
    for document, size in documents:
        num_tokens += len(encode(document))
        size_bytes += size
        if time.perf_counter() - start > given.limit:
            break
    return {"ms": (time.perf_counter() - start) * 1000, "sizeBytes": size_bytes, "numTokens": num_tokens}


with open(given.corpus, encoding="utf-8") as file:
    documents = [(text, len(text.encode())) for text in json.load(file)]
before = peak_rss_bytes()
start = time.perf_counter()
version, encode = encoders[given.encoder]()
encode("Hello")
load_ms = (time.perf_counter() - start) * 1000
cold = one_pass(encode)
warm = one_pass(encode)
memory = {"rssBeforeBytes": before, "peakRssBytes": peak_rss_bytes()}
print(json.dumps({"version": version, "loadMs": load_ms, "cold": cold, "warm": warm, **memory}))
