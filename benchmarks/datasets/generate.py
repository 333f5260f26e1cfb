"""Makes one Parquet file of random words in the columns of a published data set: python generate.py SHAPE ROWS PATH (pyarrow)."""
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

PIECE = 10_000


def texts(draw, words, count, most):
    return [" ".join(draw.choices(words, k=draw.randint(most // 2, most))) for _ in range(count)]


def snli(draw, words, count):
    return pa.table({
        "premise": texts(draw, words, count, 24),
        "hypothesis": texts(draw, words, count, 14),
        "label": pa.array([draw.randint(-1, 2) for _ in range(count)], pa.int64()),
    })


def squad(draw, words, count):
    answers = [{"text": texts(draw, words, 1, 4), "answer_start": [draw.randint(0, 99)]} for _ in range(count)]
    kind = pa.struct([("text", pa.list_(pa.string())), ("answer_start", pa.list_(pa.int32()))])
    return pa.table({
        "id": [str(draw.random()) for _ in range(count)],
        "title": texts(draw, words, count, 4),
        "context": texts(draw, words, count, 150),
        "question": texts(draw, words, count, 14),
        "answers": pa.array(answers, kind),
    })


def main():
    shape, rows, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    draw = random.Random(12345)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(5000)]
    make = {"snli": snli, "squad": squad}[shape]
    first = make(draw, words, min(rows, PIECE))
    # Large row groups, as pyarrow makes them by default: what is held must not grow with them.
    with pq.ParquetWriter(path, first.schema, compression="snappy") as writer:
        pieces, done = [first], first.num_rows
        while done < rows or pieces:
            while done < rows and sum(piece.num_rows for piece in pieces) < 2**20:
                # Repeating pieces with another order of rows is as long a file, and made in a tenth of the time.
                pieces.append(first.take(pa.array(draw.sample(range(first.num_rows), min(first.num_rows, rows - done)))))
                done += pieces[-1].num_rows
            writer.write_table(pa.concat_tables(pieces), row_group_size=2**20)
            pieces = []


if __name__ == "__main__":
    main()
