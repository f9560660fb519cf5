"""How much a workbook holds, told without the library that writes it."""

# What a sheet holds, and what of it is heading, total and note.
EXCEL_ROWS, OUR_ROWS = 1_048_576, 3
MOST_ROWS = EXCEL_ROWS - OUR_ROWS
MOST_CELL_CHARS = 32_767
