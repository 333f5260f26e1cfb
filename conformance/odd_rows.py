"""Published rows with values changed at random, for differential.py and differential_tests.py."""

ODD = [
    "", " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2028", "\u2029", "\u0085", "\u001c", "\u001f", "\ufeff", "\u200b", "\u00ad", "\u3000",
    "a\rb", "a\r\nb", "a\n\nb", " lead", "trail ", "  two  spaces  ", "\n\nnewlines\n\n", "tab\tinside", "\u00a0hard\u00a0space\u00a0",
    "{}", "{0}", "{options_}", "{label}", "{answer}", "{components}", "{{x}}", "}{", "%s", "%(a)s", "$&", "$1", "$$", "$`", "\\1", "\\n", "\\",
    '"', "'", '""', "it's", '"quoted"', "'quoted'", "it's \"both\"", "`tick`", "“curly”", "a;b", "a; b", "; ", ";", "###", "a.", "a..", ".",
    "...", " .", " ,", " ;", "a . b , c ; d .", "[x]", "[a\nb]", "]", "a | b_c", "b'x\\n'", "a\\n'", "True", "False", "None", "NaN", "null", "0", "1",
    "2.0", "1e16", "-1", "é", "e\u0301", "İ", "ß", "ﬁ", "ǆ", "Σς", "ı", "שלום", "\u202eabc\u202c", "😀", "👩‍👩‍👧", "𝔘", "\U0001f600 x", "日本語。", "ؤ", "ﷺ",
    "\x00", "\x07", "\x1b[0m", "\x7f", "\x80", "\ue000", "\ufffd", "\u0378", "\U000e0001", "Answer Solution: x", "Answer 1: x", "Answer 2", "Lang1 1",
    "Lang2 2: x", "Sent1 1", "Input 1 2", "Input 3 4: x", "Example 1:", "\nExample Solution:", "\nExample Solution:\n", "Solution:", "END_EXAMPLES",
    "</s>", "<s>[INST]", "[/INST]", "\n<</SYS>>\n", "Options: ", "Options:", "Question: ", "Q: ", "A: ", "Context: ", " choice: a", "\n  choice: b\nA:",
    "&amp;", "<br />", "http://a.b/?c=d&e={f}", "x" * 3000, "long " * 400, "Yes", "no", "YES", "his house", "her ", "they", "@placeholder",
    "@highlight", "_", "__", "word\u0301.", "final?", "stop.", "stop. ", "(paren)", "a b.\n", "x\u2028y.", "–", "– ",
]  # fmt: skip
INSIDE = [" ", "  ", "\n", "\t", "\r", "\u00a0", "\u2028", '"', "'", "\\", "{", "}", ";", ".", "|", "_", "[", "]", "😀", "\u0301", "{0}", "$&", "\x1c", "\ufeff"]


def odd_text(text, draw):
    kind = draw.randrange(9)
    if kind == 0:
        return draw.choice(ODD)
    if kind == 1:
        return text + draw.choice(ODD)
    if kind == 2:
        return draw.choice(ODD) + text
    if kind == 3:
        at = draw.randint(0, len(text))
        return text[:at] + draw.choice(INSIDE) + text[at:]
    if kind == 4:
        return draw.choice(ODD) + draw.choice(ODD) + draw.choice(ODD)
    if kind == 5:
        return draw.choice([str.upper, str.lower, str.title, str.swapcase])(text)
    if kind == 6:
        return " ".join(draw.sample(text.split(" "), len(text.split(" "))))
    if kind == 7:
        return text * draw.randint(1, 3)
    return text


def changed(value, draw, wild):
    """A value of the same type, most often another; with `wild`, lists may be empty and values missing."""
    if wild and draw.random() < 0.04:
        return None
    if isinstance(value, str):
        return odd_text(value, draw) if draw.random() < 0.5 else value
    if isinstance(value, dict):
        value = dict(draw.sample(list(value.items()), len(value))) if "0" in value or "10" in value else value  # identifiers: any order
        return {key: changed(item, draw, wild and item is not None and not isinstance(item, dict)) for key, item in value.items()}
    if isinstance(value, list):
        if wild and draw.random() < 0.08:
            return []
        items = [changed(item, draw, False) for item in value]
        if items and draw.random() < 0.2:
            items.append(draw.choice(items))
        return items
    return value


KEYS = ["A", "B", "C", "D", "1", "2", "3", "4"]
WORDS = ["he", "she", "it", "his", "they", "him"]
LABELS = {  # column: (values that are published, values that are not)
    "label": ([0, 1, -1], [2, 3, 5, -2]),
    "coarse_label": ([0, 1, 2, 3, 4, 5], [-1, 6]),
    "sentiment": ([0, 2, 4], [-1, 1, 3]),
    "answerKey": (KEYS, ["E", "5", "", "a", "AB", " A"]),
}
BY_TASK = {
    ("stsb", "label"): ([0.0, 0.2, 2.5, 2.999999, 3.0, 3.8, 4.999, 5.0, -1.0, 0.1 + 0.2], [-0.5, 1e16, 123456789.75]),
    ("hellaswag", "label"): (["0", "1", "2", "3"], ["", "4", "-1", " 1 "]),
    ("winogrande", "answer"): (["1", "2"], ["", "0", "3", "-1"]),
    ("ag_news", "label"): ([1, 2, 3, 4], [0, -1, 5]),
    ("cosmos_qa", "label"): ([0, 1, 2, 3, -1], [4]),
    ("bool_q", "answer"): ([True, False], []),
    ("story_cloze", "AnswerRightEnding"): ([1, 2], [0, 3]),
    ("dpr_raw", "pronoun"): (WORDS, [""]),
    ("wsc273", "pronoun"): (WORDS, []),
    **{(f"anli_r{n}", "label"): ([0, 1, 2, -1], [3, -3]) for n in (1, 2, 3)},
    **{(name, "label"): ([0, 1, 2, -1], [3, -3, -4]) for name in ("snli", "cb", "mnli", "mnli_matched", "mnli_mismatched")},
}
MULTIPLE = "multiple_choice_targets"


def odd_row(task, row, draw, wild):
    made = {}
    for column, value in row.items():
        if (task, column) in BY_TASK or (column in LABELS and not isinstance(value, dict)):
            usual, unusual = BY_TASK.get((task, column)) or LABELS[column]
            made[column] = draw.choice(usual + unusual if wild and draw.random() < 0.4 else usual)
            if wild and draw.random() < 0.05:
                made[column] = None  # never published
        else:
            made[column] = changed(value, draw, wild)
    return made if wild else mended(task, row, made, draw)


def mended(task, row, made, draw):
    """What every published row has."""
    if MULTIPLE in row and task != "gsm8k":
        count = len(row[MULTIPLE])
        made[MULTIPLE] = made[MULTIPLE][:count]
        made["targets"] = [draw.choice(made[MULTIPLE])]
        made["multiple_choice_scores"] = [draw.randint(0, 1) for _ in range(count)]
    if task == "record" and "@placeholder" not in made["query"]:
        made["query"] = draw.choice([made["query"] + " @placeholder", "@placeholder" + made["query"], "@placeholder", "a @placeholder b @placeholder c"])
    if task == "dpr_raw" and f" {made['pronoun']} " not in made["sentence"] and draw.random() < 0.8:
        made["sentence"] += f" {made['pronoun']} " + draw.choice(ODD)
    if task == "wsc273" and draw.random() < 0.6:
        made["quote"] = made["pronoun"] + " " + made["quote"]
    if task == "wsc273":  # the study takes an option for a pattern of what to put in
        made["options"] = [option.replace("\\", "/") for option in made["options"][:2]]
    if task == "gsm8k":
        made["answer"] = f"{draw.randint(0, 99)} {made['answer'].replace('#', '')} {draw.choice(['7', '7.5', '1,000'])}{draw.choice(['', ' ', '  '])}####{draw.choice([' ', '', '  '])}{draw.choice(['7', '12', '1,000', ' 3 '])}"
    if "choices" in row:
        made["choices"] = {**made["choices"], "label": KEYS[: len(made["choices"]["text"])]}
    return made
