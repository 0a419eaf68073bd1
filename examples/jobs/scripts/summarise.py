"""Print the sum and the mean of the numbers given."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--title", default="Summary")
parser.add_argument("numbers", nargs="+", type=float)
given = parser.parse_args()
print(f"{given.title}: sum {sum(given.numbers):g}, mean {sum(given.numbers) / len(given.numbers):g}")
