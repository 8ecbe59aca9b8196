#!/usr/bin/env python3
"""Makes the compact copies of the sample data from the files as they were published.

    make_compact.py RAW              writes rest-gateway/samples/*/*.zst and foodmart/sales.model.json
    make_compact.py --check RAW      compares with what is there; exit code 1 names the first difference

RAW holds the folders `oakland` and `foodmart` with the published files. Every line of a fact stays a line (so
that a number can be traced to its lines); what goes is what no sample reads: columns, order, decimals that only
say ".0" or are the noise of a binary fraction. It never adds lines up. Contents are compared, not compressed
bytes, because another zstd may pack them otherwise. Needs the zstd command; Python's own library otherwise.
"""
import bz2
import csv
import decimal
import io
import json
import pathlib
import subprocess
import sys

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "rest-gateway" / "samples"
BUDGET_COLUMNS = ["budget_year", "department", "fund_code", "account_type", "account_category", "amount"]
SALES_COLUMNS = ["product_id", "unit_sales", "store_sales", "store_cost", "month_of_year", "the_year", "store_id"]


def csv_text(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def oakland_budget(path):
    """The lines of a budget in the order that packs best: by coordinate, then by amount."""
    rows = []
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            amount = row["amount"]
            row["amount"] = amount[:-2] if amount.endswith(".0") else amount
            rows.append([row[column] for column in BUDGET_COLUMNS])
    rows.sort(key=lambda row: (row[3], row[4], row[1], row[2], float(row[5] or 0)))
    return csv_text(BUDGET_COLUMNS, rows)


def plain(number, digits):
    """The decimal that was meant: 8.550000000000001 is 8.55."""
    rounded = decimal.Decimal(number).quantize(decimal.Decimal(1).scaleb(-digits))
    if abs(rounded - number) > decimal.Decimal("1e-9"):
        raise SystemExit(f"{number} has more than {digits} decimals")
    return format(rounded.normalize(), "f")


def foodmart_sales(path):
    rows = []
    with bz2.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line, parse_float=decimal.Decimal)
            row["store_sales"] = plain(row["store_sales"], 2)
            row["store_cost"] = plain(row["store_cost"], 4)
            rows.append([row[column] for column in SALES_COLUMNS])
    rows.sort(key=lambda row: (row[0], row[1], float(row[3]), row[6], row[4]))
    return csv_text(SALES_COLUMNS, rows)


def json_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def unique_code(names, taken):
    """The last name, with as many of those above it in front as make it unique."""
    for first in range(len(names) - 1, -1, -1):
        code = " - ".join(names[first:])
        if code.casefold() not in taken:
            return code
    raise SystemExit(f"no unique code for {names}")


def product_tree(folder):
    """Family → department → category → subcategory → product. A name that stands in several places is a code only
    where nothing else has it; elsewhere the names above it go in front, and it stays the caption."""
    products_by_class = {}
    for product in json_lines(folder / "product.json"):
        products_by_class.setdefault(product["product_class_id"], []).append(product)
    tree, products = {}, {}
    levels = ["product_family", "product_department", "product_category", "product_subcategory"]
    for row in json_lines(folder / "product_class.json"):
        names = tuple(row[level] for level in levels)
        for depth in range(1, 5):
            tree.setdefault(names[: depth - 1], set()).add(names[:depth])
        products.setdefault(names, []).extend(products_by_class.get(row["product_class_id"], []))
    places = {}
    for children in tree.values():
        for path in children:
            places.setdefault(path[-1].casefold(), []).append(path)
    codes, taken = {}, set()
    for path in sorted((path for children in tree.values() for path in children), key=lambda p: (len(p), p)):
        is_single = len(places[path[-1].casefold()]) == 1
        reserved = taken | ({path[-1].casefold()} if not is_single else set())
        codes[path] = unique_code(path, reserved)
        taken.add(codes[path].casefold())

    def member(path):
        node = {"code": codes[path]}
        if codes[path] != path[-1]:
            node["caption"] = path[-1]
        if len(path) == 4:
            node["children"] = [{"code": str(product["product_id"]), "caption": product["product_name"]}
                                for product in sorted(products[path], key=lambda product: product["product_id"])]
        else:
            node["children"] = [member(child) for child in sorted(tree[path])]
        return node

    return {"code": "All Products", "children": [member(path) for path in sorted(tree[()])]}


def store_tree(folder):
    tree = {}
    for store in json_lines(folder / "store.json"):
        place = tree.setdefault(store["store_country"], {}).setdefault(store["store_state"], {})
        place.setdefault(store["store_city"], []).append(store)

    def city(name, stores):
        return {"code": name, "children": [
            {"code": store["store_name"], "attributes": {"Type": store["store_type"]}} for store in stores]}

    return {"code": "All Stores", "children": [
        {"code": country, "children": [
            {"code": state, "children": [city(name, tree[country][state][name])
                                         for name in sorted(tree[country][state])]}
            for state in sorted(tree[country])]}
        for country in ("USA", "Mexico", "Canada")]}


def dump(value, indent=0):
    """JSON with a line per member: short enough to read, long enough to compare."""
    pad = " " * indent
    if isinstance(value, dict) and "children" in value:
        head = {key: item for key, item in value.items() if key != "children"}
        inner = ",\n".join(f"{pad}  {dump(child, indent + 2)}" for child in value["children"])
        opening = json.dumps(head, ensure_ascii=False)[:-1]
        return f'{opening}, "children": [\n{inner} ]}}'
    return json.dumps(value, ensure_ascii=False)


def sales_model(folder):
    accounts = ('{"code": "Margin", "children": [\n'
                '        {"code": "Store Sales", "decimals": 2},\n'
                '        {"code": "Store Cost", "decimals": 4, "operator": "-", "sense": "expense"} ]},\n'
                '      {"code": "Units", "decimals": 0},\n      {"code": "Lines", "decimals": 0}')
    return (
        '{ "app": "sales",\n  "title": "FoodMart: sales of 1997 by product, store and month",\n'
        '  "dimensions": [\n'
        '    {"name": "Account", "kind": "measure", "default": "Store Sales", "members": [\n'
        f'      {accounts} ]}},\n'
        '    {"name": "Period", "kind": "time", "calendar": {"start_month": 1, "periods": "12"}, "members": [\n'
        '      {"periods": {"from": "1997", "to": "1997", "levels": ["year", "quarter", "month"]}} ]},\n'
        f'    {{"name": "Store", "members": [\n      {dump(store_tree(folder), 6)} ]}},\n'
        f'    {{"name": "Product", "members": [\n      {dump(product_tree(folder), 6)} ]}} ] }}\n')


def wanted_files(raw):
    """Path below the samples folder → text."""
    files = {}
    for path in sorted((raw / "oakland").glob("*.csv")):
        files[f"oakland/{path.name}.zst"] = oakland_budget(path)
    foodmart = raw / "foodmart"
    for name in ("expense_fact.json", "currency.json"):
        files[f"foodmart/{name}.zst"] = (foodmart / name).read_text(encoding="utf-8")
    files["foodmart/sales_fact_1997.csv.zst"] = foodmart_sales(foodmart / "sales_fact_1997_collapsed.json.bz2")
    files["foodmart/sales.model.json"] = sales_model(foodmart)
    return files


def stored_text(path):
    if path.suffix != ".zst":
        return path.read_text(encoding="utf-8")
    return subprocess.run(["zstd", "-dcq", str(path)], check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def main(arguments):
    is_check = "--check" in arguments
    folders = [argument for argument in arguments if argument != "--check"]
    if len(folders) != 1 or not (pathlib.Path(folders[0]) / "oakland").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    for name, text in wanted_files(pathlib.Path(folders[0])).items():
        path = SAMPLES / name
        if is_check:
            if not path.exists() or stored_text(path) != text:
                print(f"{path}: differs from what the published files give")
                return 1
        elif path.suffix == ".zst":
            subprocess.run(["zstd", "--ultra", "-22", "-qf", "-o", str(path)], input=text.encode(), check=True)
        else:
            path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
