# Ids and offsets of awkward texts by Python's tokenizers, and a vocabulary of its own BPE trainer, for
# packages/language-model/fixtures/tokenizer. Made with tokenizers 0.23.3, sentencepiece 0.2.3. Its WordPiece and Unigram trainers give other
# vocabularies at each run: commit all files of one run together.
# Run: python conformance/tokenizer.py packages/language-model/fixtures/tokenizer
import json
import sys
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import Regex

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)

CORPUS = [
    "The quick brown fox jumps over the lazy dog. The dog didn't mind; it'd rather sleep, and we'll let it.",
    "Premise: a man is walking.\nHypothesis: a person moves.\nDoes the premise entail the hypothesis? yes",
    "Fünf größere Städte, élève naïve, 東京タワーへ行きました。 Привет мир! 🙂👩‍👩‍👧 x = 3.14159 + 2 * y",
    "def f(x):\n    return x ** 2\n\n\nprint(f(10), f(2024))\t# tabs\tand   spaces   ",
    "numbers 1 22 333 4444 55555, options: (A) yes (B) no (C) it's impossible to say",
]
TEXTS = [
    "", " ", "  ", "\n", "\r\n", "a\r\nb\r\n\r\nc", "Hello world", " leading", "trailing ", "a  b   c\t\td",
    "it's we'll I'd they've I'M", "naïve café élève", "e\u0301 decomposed \u1e9b\u0323", "東京タワー", "Привет",
    "🙂", "a🙂b", "👩‍👩‍👧 family", "🇩🇪", "<s>", "x<s>y</s>z", "<s></s><pad>", "</s >", "a <mask> b", "a<mask>b", "<new>", "renew <new>er new",
    "zero\u200bwidth", "nbsp\u00a0here", "next\u0085line", "bom\ufeffmark", "\u2028sep", "null\x00byte",
    "x" * 70 + " " + "y" * 70, "Ünïcödé", "ﬁ ligature ½", "İstanbul ß ΑΣ", "한국어 각", "tab\tand\x0bvt\x0cff",
    "The premise entails the hypothesis: yes.", "3.14159 2024 1e-5", "(A) yes\n(B) no\n\n", "\u3000ideographic\u3000space",
]
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]


def utf16(text, offset):
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


def save(name, tokenizer):
    tokenizer.add_tokens([AddedToken("<mask>", lstrip=True, special=True), AddedToken("<new>", single_word=True, normalized=False)])
    (out / f"{name}.json").write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":")))
    rows = []
    for text in TEXTS:
        encoding = tokenizer.encode(text)
        plain = tokenizer.encode(text, add_special_tokens=False)
        rows.append({
            "text": text, "ids": encoding.ids, "plain": plain.ids,
            "offsets": [utf16(text, x) for pair in plain.offsets for x in pair],
            "decoded": tokenizer.decode(encoding.ids), "all": tokenizer.decode(encoding.ids, skip_special_tokens=False),
        })
    (out / f"{name}-golden.json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")


# Pieces of the pre-tokenizers that the library does otherwise.
pieces = [
    pre_tokenizers.Whitespace(), pre_tokenizers.WhitespaceSplit(), pre_tokenizers.BertPreTokenizer(),
    *[pre_tokenizers.Punctuation(b) for b in ("isolated", "removed", "contiguous", "merged_with_previous", "merged_with_next")],
    *[pre_tokenizers.Split(Regex(r"\d|l+"), b) for b in ("isolated", "removed", "contiguous", "merged_with_previous", "merged_with_next")],
    pre_tokenizers.Split(" ", "merged_with_previous"), pre_tokenizers.Digits(True), pre_tokenizers.Digits(False),
    pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()]),
]
(out / "pieces-golden.json").write_text(json.dumps([
    {"config": json.loads(p.__getstate__()), "pieces": [[piece for piece, _ in p.pre_tokenize_str(text)] for text in TEXTS]} for p in pieces
], ensure_ascii=False, separators=(",", ":")) + "\n")
(out / "texts.json").write_text(json.dumps(TEXTS, ensure_ascii=False) + "\n")


def byte_level(**options):
    return pre_tokenizers.ByteLevel(trim_offsets=False, **options)


# GPT-2's kind.
gpt2 = Tokenizer(models.BPE())
gpt2.pre_tokenizer = byte_level(add_prefix_space=False)
gpt2.decoder = decoders.ByteLevel()
gpt2.post_processor = processors.ByteLevel(trim_offsets=False)
trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
gpt2.train_from_iterator(CORPUS, trainer)
trained = json.loads(gpt2.to_str())["model"]
(out / "trained-golden.json").write_text(json.dumps(
    {"corpus": CORPUS, "special": SPECIAL, "vocab": trained["vocab"], "merges": trained["merges"]}, ensure_ascii=False, separators=(",", ":")) + "\n")
save("gpt2-kind", gpt2)

# Llama 3's kind: its own splitting pattern before the bytes, a template around the text.
llama3 = Tokenizer(models.BPE(ignore_merges=True))
pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
llama3.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), byte_level(add_prefix_space=False, use_regex=False)])
llama3.decoder = decoders.ByteLevel()
llama3.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=450, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
llama3.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])])
save("llama3-kind", llama3)

# RoBERTa's kind: a space before the first word, wrapped in <s> and </s>.
roberta = Tokenizer(models.BPE())
roberta.pre_tokenizer = byte_level(add_prefix_space=True)
roberta.decoder = decoders.ByteLevel()
roberta.train_from_iterator(CORPUS, trainer)
roberta.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), trim_offsets=False, add_prefix_space=True)
save("roberta-kind", roberta)

# BERT's kind.
bert = Tokenizer(models.WordPiece(unk_token="<unk>"))
bert.normalizer = normalizers.BertNormalizer(lowercase=True)
bert.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
bert.decoder = decoders.WordPiece()
bert.train_from_iterator(CORPUS[:2] + CORPUS[4:], trainers.WordPieceTrainer(vocab_size=150, special_tokens=SPECIAL, show_progress=False))
bert.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
save("bert-kind", bert)

# Llama 2's kind: SentencePiece BPE with byte fallback.
llama2 = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
llama2.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
llama2.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
llama2.train_from_iterator(CORPUS, trainers.BpeTrainer(
    vocab_size=600, special_tokens=SPECIAL + [f"<0x{b:02X}>" for b in range(256)], show_progress=False, limit_alphabet=60, max_token_length=8))
data = json.loads(llama2.to_str())
data["added_tokens"] = data["added_tokens"][:4]
llama2 = Tokenizer.from_str(json.dumps(data))
llama2.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
save("llama2-kind", llama2)

# T5's kind: Unigram with Metaspace.
t5 = Tokenizer(models.Unigram())
t5.normalizer = normalizers.NFKC()
t5.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
t5.decoder = decoders.Metaspace(prepend_scheme="always")
t5.train_from_iterator(CORPUS, trainers.UnigramTrainer(vocab_size=180, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False))
t5.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
save("t5-kind", t5)

# GPT-NeoX's kind: composed letters, runs of spaces as added tokens.
neox = Tokenizer(models.BPE())
neox.normalizer = normalizers.NFC()
neox.pre_tokenizer = byte_level(add_prefix_space=False)
neox.decoder = decoders.ByteLevel()
neox.post_processor = processors.ByteLevel(trim_offsets=False)
neox.train_from_iterator(CORPUS, trainer)
neox.add_tokens([AddedToken(" " * n, normalized=True) for n in (4, 3, 2)])
save("neox-kind", neox)

# OPT's kind: the end of a text stands before it, too.
opt = Tokenizer(models.BPE())
opt.pre_tokenizer = byte_level(add_prefix_space=False)
opt.decoder = decoders.ByteLevel()
opt.train_from_iterator(CORPUS, trainer)
opt.post_processor = processors.TemplateProcessing(single="</s> $A", pair="</s> $A </s> $B", special_tokens=[("</s>", 2)])
save("opt-kind", opt)

# Falcon's kind: digits are cut behind the bytes, in threes.
falcon = Tokenizer(models.BPE())
falcon.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Punctuation("contiguous"), byte_level(add_prefix_space=False), pre_tokenizers.Digits(individual_digits=False),
    pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")])
falcon.decoder = decoders.ByteLevel()
falcon.post_processor = processors.ByteLevel(trim_offsets=False)
falcon.train_from_iterator(CORPUS, trainer)
save("falcon-kind", falcon)

# Llama's kind in newer files: no normaliser, the text in one piece behind a space that only the first has.
llama = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
llama.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
llama.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
llama.train_from_iterator(CORPUS, trainers.BpeTrainer(
    vocab_size=600, special_tokens=SPECIAL + [f"<0x{b:02X}>" for b in range(256)], show_progress=False, limit_alphabet=60, max_token_length=8))
data = json.loads(llama.to_str())
data["added_tokens"] = data["added_tokens"][:4]
llama = Tokenizer.from_str(json.dumps(data))
llama.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
save("llama-metaspace-kind", llama)


# T5's kinds in published files: a compiled map of characters before it. SentencePiece's own map of NFKC has 240 kB;
# this one is made from a few of its rules, among them some that drop, add, and join characters.
def charsmap():
    single = {"\u00a0": " ", "\u3000": " ", "\t": " ", "\n": " ", "\r": " ", "\u000b": " ", "\u000c": " ", "\u2028": " ",
              "\u0085": " ", "\u200b": " ", "\ufeff": "", "ﬁ": "fi", "½": "1\u20442", "ア": "ァ", "²": "2",
              "e\u0301": "é", "ẛ": "ṡ", "각": "가", "\r\n": " ", "🙂": ":)"}
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.tsv"
        rules.write_text("".join(
            " ".join(f"{ord(c):X}" for c in key) + "\t" + " ".join(f"{ord(c):X}" for c in value) + "\n"
            for key, value in sorted(single.items())), encoding="utf-8")
        text = Path(folder) / "text.txt"
        text.write_text("\n".join(line.replace("\n", " ") for line in CORPUS), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(text), model_prefix=f"{folder}/model", vocab_size=120, model_type="unigram", character_coverage=1.0,
            normalization_rule_tsv=str(rules), hard_vocab_limit=False, minloglevel=2)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString((Path(folder) / "model.model").read_bytes())
        return proto.normalizer_spec.precompiled_charsmap


def unigram(name, pre_tokenizer, normalizer, byte_fallback):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    bytes_ = [f"<0x{b:02X}>" for b in range(256)] if byte_fallback else []
    tokenizer.train_from_iterator(CORPUS, trainers.UnigramTrainer(
        vocab_size=180 + len(bytes_), special_tokens=SPECIAL + bytes_, unk_token="<unk>", show_progress=False))
    data = json.loads(tokenizer.to_str())
    data["model"]["byte_fallback"] = byte_fallback
    data["added_tokens"] = data["added_tokens"][:4]
    if byte_fallback:  # so that there is something to fall back for
        data["model"]["vocab"] = [[t, s] for t, s in data["model"]["vocab"] if len(t) > 1 or t.isascii() or t == "▁"]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    metaspace = decoders.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), metaspace]) if byte_fallback else metaspace
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
    save(name, tokenizer)


metaspace = pre_tokenizers.Metaspace(prepend_scheme="always")
MAP = charsmap()
unigram("t5-charsmap-kind", pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace]), normalizers.Precompiled(MAP), False)
unigram("t5-fallback-kind", metaspace, normalizers.Sequence([
    normalizers.Precompiled(MAP), normalizers.Replace(Regex(" {2,}"), "▁")]), True)
