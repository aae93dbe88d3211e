"""Ids of native tiktoken: ids.py --encoding NAME --corpora FILE… --out FILE writes, for each document of the corpora in
order, its number of ids and the ids, as little-endian uint32."""

import argparse
import array
import json
import sys

from encoders import tiktoken_encoding

parser = argparse.ArgumentParser()
parser.add_argument("--encoding")
parser.add_argument("--corpora", nargs="+")
parser.add_argument("--out")
given = parser.parse_args()

encode = tiktoken_encoding(given.encoding).encode_ordinary
with open(given.out, "wb") as out:
    for path in given.corpora:
        with open(path, encoding="utf-8") as file:
            for text in json.load(file):
                ids = encode(text)
                numbers = array.array("I", [len(ids), *ids])
                if sys.byteorder == "big":
                    numbers.byteswap()
                numbers.tofile(out)
