"""Compares flanlab's tokenizers with those of Python on odd texts: ids, offsets and decoded text of tokenizer.json files of every kind made here
with the tokenizers library, and ids of folders with keys in tokenizer_config.json that transformers reads.

Versions: tokenizers 0.23, transformers 5.23. After a build:
  python conformance/differential_tokenizers.py [--seed 1] [--texts 150] [--show 4]
Prints the differences, then one line of counts. Not compared: the ends of ranges behind which marks or removed characters stand, which
flanlab takes in with their letter; the text of added tokens that are normalised, for which tokenizers 0.23 gives the normalised spelling.
"""
import argparse
import json
import random
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from differential_ask import ask, finish, verdict

CORPUS = [
    "the red fox runs over the green hill and sleeps under the old tree", "a small boat sails on the cold lake while the wind sings a song",
    "The baker's bread isn't cold; we've 123 cakes (or 4,567)!", "children read long stories about ships and distant islands",
    "Äpfel und Öl kosten 3,50 € – naïve café", "быстрая лиса бежит", "狐狸 跑 过 山", "def f(x):\n    return x ** 2\n", "مرحبا بالعالم", "नमस्ते दुनिया", "👍 ok 🎉",
]
PARTS = ["the", "fox", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u0085", "\x00", "\x1c", "\u2028", "é", "e\u0301", "\u0301", "Å", "ﬁ", "½", "Ⅷ", "²",
         "👍", "👍🏽", "👨‍👩‍👧", "🇩🇪", "日本", "狐狸", "café", "naïve", "İ", "ß", "ẞ", "ﷺ", "مرحبا", "नमस्ते", "ไทย", "한국어", "한", "ё", "\u00ad", "'s", "'ll", "'S", "don't", "123", "4,567", "٣", "१२",
         "...", "!!!", "(", "[MASK]", "<s>", "</s>", "<pad>", "<mask>", "<extra>", "Extra", "[CLS]", "[UNK]", "<unk>", "▁", "Ġ", "##", "_", "-", "—", "\\", "<0x0A>", "a" * 130, "supercalifragilistic",
         "\U00020000", "𝔘𝔫𝔦", "ｆｕｌｌ", "ǅ", "\u1e9b\u0323", "x\u0327\u0301", "\u0e33", "ͅ", "Σ", "ΣΑΣ", "\ud7ff", "\ue000", "\ufffd", "\U0001f600", "\u202e", "\u200d", "ab", "The", "HILL", "tree"]


def texts(draw, count):
    made = ["", " ", "\n", "  the fox", "the fox  ", "\r\n\r\n", "\x00", "a" * 300]
    while len(made) < count:
        glue = draw.choice(["", " ", ""])
        made.append(glue.join(draw.choice(PARTS) if draw.random() < 0.75 else draw.choice(draw.choice(CORPUS).split(" ")) for _ in range(draw.randint(1, 8))))
    return made


BYTES = pre_tokenizers.ByteLevel.alphabet()
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def bpe(pre, size=330, normalizer=None, special=("<s>", "<pad>", "</s>", "<unk>"), bytes_=True, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer, tokenizer.normalizer = pre, normalizer
    alphabet = {"initial_alphabet": BYTES} if bytes_ else {}
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=size, special_tokens=list(special), show_progress=False, **alphabet))
    tokenizer.decoder = decoders.ByteLevel() if bytes_ else decoders.BPEDecoder()
    return tokenizer


def byte_fallback():
    """As Llama 2: bytes in the vocabulary, spaces as ▁ by normalisers."""
    pieces = {"<unk>": 0, "<s>": 1, "</s>": 2} | {f"<0x{i:02X}>": i + 3 for i in range(256)}
    for character in sorted({c for line in CORPUS[:4] for c in line.replace(" ", "▁")}):
        pieces.setdefault(character, len(pieces))
    merges = [("t", "h"), ("th", "e"), ("▁", "the"), ("o", "x"), ("f", "ox"), ("▁", "▁"), ("r", "e"), ("i", "n"), ("e", "r"), ("▁", "fox")]
    for a, b in merges:
        pieces.setdefault(a + b, len(pieces))
    tokenizer = Tokenizer(models.BPE(vocab=pieces, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    return tokenizer, pieces


def llama2():
    tokenizer, _ = byte_fallback()
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return tokenizer


def llama2_metaspace(scheme):
    tokenizer, _ = byte_fallback()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme=scheme, split=False)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    return tokenizer


def unigram(pre, normalizer=None, fallback=False):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer, tokenizer.normalizer = pre, normalizer
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=150, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False))
    if fallback:
        content = json.loads(tokenizer.to_str())
        content["model"]["vocab"] += [[f"<0x{i:02X}>", -20.0] for i in range(256)]
        content["model"]["byte_fallback"] = True
        tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]) if fallback else decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def word_piece(**options):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=260, special_tokens=special, show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def split_bytes(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def with_added(tokenizer):
    tokenizer.add_tokens([AddedToken("<extra>", lstrip=True), AddedToken("Extra", single_word=True), AddedToken("fox", rstrip=True, normalized=True)])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    return tokenizer


def with_sections(tokenizer):
    tokenizer.enable_truncation(5)
    tokenizer.enable_padding(length=9)
    return tokenizer


NFKC = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
MAKERS = {
    "gpt2": lambda: bpe(pre_tokenizers.ByteLevel(add_prefix_space=False)),
    "gpt2 prefix": lambda: bpe(pre_tokenizers.ByteLevel(add_prefix_space=True)),
    "gpt2 added": lambda: with_added(bpe(pre_tokenizers.ByteLevel(add_prefix_space=False))),
    "gpt2 sections": lambda: with_sections(bpe(pre_tokenizers.ByteLevel(add_prefix_space=False))),
    "gpt2 nfc": lambda: bpe(pre_tokenizers.ByteLevel(add_prefix_space=False), normalizer=normalizers.NFC()),
    "llama3": lambda: bpe(split_bytes(LLAMA3), ignore_merges=True),
    "qwen": lambda: with_added(bpe(split_bytes(QWEN), normalizer=normalizers.NFC())),
    "digits": lambda: bpe(pre_tokenizers.Sequence([pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)])),
    "falcon": lambda: bpe(pre_tokenizers.Sequence([pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False), pre_tokenizers.Digits(False), pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")])),
    "llama2": llama2,
    "llama2 added": lambda: with_added(llama2()),
    "llama2 metaspace first": lambda: llama2_metaspace("first"),
    "llama2 metaspace always": lambda: llama2_metaspace("always"),
    "llama2 metaspace never": lambda: llama2_metaspace("never"),
    "character bpe": lambda: bpe(pre_tokenizers.Whitespace(), bytes_=False, unk_token="<unk>"),
    "suffix bpe": lambda: bpe(pre_tokenizers.BertPreTokenizer(), normalizer=normalizers.Lowercase(), bytes_=False, unk_token="<unk>", end_of_word_suffix="</w>"),
    "t5": lambda: unigram(pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])),
    "t5 metaspace": lambda: unigram(pre_tokenizers.Metaspace()),
    "t5 added": lambda: with_added(unigram(pre_tokenizers.Metaspace())),
    "unigram nfkc": lambda: unigram(pre_tokenizers.Metaspace(), NFKC),
    "unigram fallback": lambda: unigram(pre_tokenizers.Metaspace(), fallback=True),
    "unigram spaces": lambda: unigram(pre_tokenizers.Metaspace(), normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])),
    "bert": lambda: word_piece(lowercase=True),
    "bert cased": lambda: word_piece(lowercase=False),
    "bert accents": lambda: word_piece(lowercase=True, strip_accents=False, handle_chinese_chars=False),
    "bert added": lambda: with_added(word_piece(lowercase=True)),
    "bert sections": lambda: with_sections(word_piece(lowercase=True)),
}  # fmt: skip


def units(text):
    """Where each character begins in UTF-16, as flanlab counts."""
    places = [0]
    for character in text:
        places.append(places[-1] + (2 if ord(character) > 0xFFFF else 1))
    return places


def same_range(text, mine, theirs):
    """Whether two ranges are the same but for marks, or what becomes nothing, that one has behind its letter."""
    if mine[0] != theirs[0] or mine[1] < theirs[1]:
        return False
    rest = text.encode("utf-16-le", "surrogatepass")[2 * theirs[1]: 2 * mine[1]].decode("utf-16-le", "surrogatepass")
    return all(unicodedata.category(c)[0] == "M" for c in rest)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=int, default=150)
    parser.add_argument("--show", type=int, default=4)
    parser.add_argument("--only")
    options = parser.parse_args()
    draw = random.Random(options.seed)
    requests, wanted = [], []
    for name, maker in MAKERS.items():
        if options.only and name not in options.only.split(","):
            continue
        tokenizer = maker()
        given = texts(draw, options.texts)
        content = json.loads(tokenizer.to_str())
        if name == "suffix bpe":
            tokenizer.decoder = decoders.BPEDecoder(suffix="</w>")
            content = json.loads(tokenizer.to_str())
        requests.append({"kind": "json", "tokenizer": content, "texts": given})
        tokenizer.no_truncation()  # as transformers does where neither is asked for
        tokenizer.no_padding()
        wanted.append((name, tokenizer, given))
    for (name, tokenizer, given), ours in zip(wanted, ask(requests)):
        if "error" in ours:
            verdict(name, False, ours["error"])
            continue
        for text, mine in zip(given, ours["made"]):
            theirs = tokenizer.encode(text)
            places = units(text)
            offsets = [places[i] for pair in theirs.offsets for i in pair]
            # Tokens of the post-processor: Python says 0, 0 at both ends.
            special = theirs.special_tokens_mask
            if "error" in mine:
                verdict(f"{name} ids", False, f"{text!r}: {mine['error']}", options.show)
                continue
            same = mine["ids"] == theirs.ids
            verdict(f"{name} ids", same, f"{text!r}: {mine['ids']} for {theirs.ids} {theirs.tokens}", options.show)
            if same:
                wrong = [i for i in range(len(theirs.ids)) if not (special[i] and theirs.offsets[i] == (0, 0)) and not same_range(text, mine["offsets"][2 * i: 2 * i + 2], offsets[2 * i: 2 * i + 2])]
                verdict(f"{name} offsets", not wrong, f"{text!r}: tokens {[theirs.tokens[i] for i in wrong]}: {[mine['offsets'][2 * i: 2 * i + 2] for i in wrong]} for {[offsets[2 * i: 2 * i + 2] for i in wrong]}", options.show)
                decoded = tokenizer.decode(theirs.ids, skip_special_tokens=True)
                if not name.endswith("added"):
                    verdict(f"{name} decoded", mine["decoded"] == decoded, f"{text!r}: {mine['decoded']!r} for {decoded!r}", options.show)
    finish()


if __name__ == "__main__":
    main()
