"""Golden values for chat templates in packages/samplegen.

Writes packages/samplegen/fixtures/chat-templates.json: for templates of our own in the styles that are published, the text
that transformers renders, and where it sees the assistant's turns ({% generation %}).

Versions: transformers 5.23, jinja2 3.1.6.
Run: python conformance/chat_templates.py
"""

import json
import re
from pathlib import Path

from transformers.utils.chat_template_utils import render_jinja_template

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}

TEMPLATES = {
    "ChatML": "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "ChatML with a default system turn": "{% if messages[0]['role'] != 'system' %}<|im_start|>system\nHelp.<|im_end|>\n{% endif %}"
    "{%- for m in messages %}\n    {{- '<|im_start|>' ~ m.role ~ '\n' ~ (m.content | trim) ~ '<|im_end|>\n' }}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\n' }}\n{%- endif %}",
    "Llama 2": "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system = messages[0]['content'] %}"
    "{% else %}{% set loop_messages = messages %}{% set system = false %}{% endif %}"
    "{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Turns must alternate') }}{% endif %}"
    "{% if loop.index0 == 0 and system != false %}{% set content = '<<SYS>>\n' + system + '\n<</SYS>>\n\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    "Llama 3": "{{- bos_token }}\n{%- for message in messages %}\n    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' }}\n"
    "    {{- message['content'] | trim + '<|eot_id|>' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n"
    "    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}\n{%- endif %}\n",
    "Zephyr": "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}",
    "Gemma": "{{ bos_token }}{% set ns = namespace(first='') %}{% for m in messages %}{% if m.role == 'system' %}"
    "{% set ns.first = m.content + '\n\n' %}{% else %}{% set role = 'model' if m.role == 'assistant' else m.role %}"
    "{{ '<start_of_turn>' + role + '\n' + (ns.first if role == 'user' else '') + m['content'] | trim + '<end_of_turn>\n' }}"
    "{% set ns.first = '' %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
    "macro and tools": "{% macro turn(role, text) -%}\n[{{ role | upper }}]{{ text }}[/{{ role | upper }}]\n{%- endmacro %}\n"
    "{%- if tools is defined and tools is not none %}{{ tools | tojson }}{% endif %}\n"
    "{%- for m in messages %}{{ turn(m.role, m.content) }}{{ '\n' if not loop.last else '' }}{% endfor %}\n"
    "{%- if add_generation_prompt %}{{ '\n[ASSISTANT]' }}{% endif %}",
    "generation tags in a line": "{% for m in messages %}{% if m.role == 'assistant' %}<a>{% generation %}{{ m.content }}</a>{% endgeneration %}"
    "{% else %}<{{ m.role }}>{{ m.content | tojson }}{% endif %}{% endfor %}{% if add_generation_prompt %}<a>{% endif %}",
    "generation tags on lines": "{% for m in messages %}\n{% if m.role == 'assistant' %}\n<|assistant|>\n    {% generation %}\n"
    "{{ m.content }}{{ eos_token }}\n    {% endgeneration %}\n{% else %}\n<|{{ m.role }}|>\n{{ m.content }}\n{% endif %}\n{% endfor %}\n"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}",
    "generation tags that trim": "{%- for m in messages -%}\n  {%- if m.role == 'assistant' %}\nA:\n  {%- generation -%}\n  {{ m.content }}<end>\n"
    "  {%- endgeneration -%}\n  {% else %}\n{{ m.role }}: {{ m.content }}\n  {%- endif -%}\n{%- endfor -%}\n"
    "{%- if add_generation_prompt %}\nA:\n{%- endif -%}",
}

SYSTEM = {"role": "system", "content": "Solve. \u00e9\U0001f600"}
USER = {"role": "user", "content": " It rains.\nSo: \"it is wet\" {{ no }} {% slot %}\n yes; no "}
ANSWER = {"role": "assistant", "content": "Answer Solution: no\U0001f600 "}
CHATS = [
    [SYSTEM, USER, ANSWER],
    [USER, ANSWER],
    [SYSTEM, USER],
    [USER, ANSWER, {"role": "user", "content": "And <|im_end|>?"}, {"role": "assistant", "content": "Yes\n\nline"}],
    [SYSTEM, USER, {"role": "assistant", "content": "ends in a line\n"}],
]


def utf16(text, index):
    return len(text[:index].encode("utf-16-le")) // 2


cases = []
for name, template in TEMPLATES.items():
    rendered = []
    marks = re.search(r"{%-?\s*generation\s*-?%}", template) is not None
    for chat in CHATS:
        asked = chat[-1]["role"] == "user"
        texts, spans = render_jinja_template(
            [chat], chat_template=template, add_generation_prompt=asked, return_assistant_tokens_mask=marks, **TOKENS
        )
        text = texts[0]
        pairs = [[utf16(text, a), utf16(text, b)] for a, b in spans[0]] if marks else None
        rendered.append({"chat": CHATS.index(chat), "add_generation_prompt": asked, "text": text, "spans": pairs})
    cases.append({"name": name, "template": template, "rendered": rendered})

out = Path(__file__).parent.parent / "packages/samplegen/fixtures/chat-templates.json"
out.write_text(json.dumps({"tokens": TOKENS, "chats": CHATS, "cases": cases}, ensure_ascii=True, separators=(",", ":")) + "\n")
print(len(cases), out.stat().st_size)
for case in cases:
    print(case["name"], [r["spans"] for r in case["rendered"]])
