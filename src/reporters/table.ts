/** One column: its heading, and how much it matters when the terminal is narrow (0: never left out). */
export interface Column {
  heading: string;
  /** Columns with the highest number are left out first. */
  leaveOut: number;
  align?: 'left' | 'right';
}

/**
 * Lays cells out in columns; where they do not fit the width, the columns that matter least are
 * left out. Cells must be escaped; `paint` may colour a cell once its width is known.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { width: number; paint?: (text: string, row: number, column: number) => string },
): string[] {
  const widths = columns.map((column, index) =>
    Math.max(column.heading.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const shown = fitting(columns, widths, options.width);
  const paint = options.paint ?? ((text) => text);
  const layOut = (cells: readonly string[], row: number) =>
    shown
      .map((index) => {
        const cell = cells[index] ?? '';
        const space = ' '.repeat((widths[index] ?? 0) - cell.length);
        const text = row < 0 ? cell : paint(cell, row, index);
        return columns[index]?.align === 'right' ? space + text : text + space;
      })
      .join('  ')
      .trimEnd();
  return [
    layOut(
      columns.map(({ heading }) => heading),
      -1,
    ),
    ...rows.map((row, at) => layOut(row, at)),
  ];
}

function fitting(columns: readonly Column[], widths: readonly number[], width: number): number[] {
  let shown = columns.map((_, index) => index);
  const total = () => shown.reduce((sum, index) => sum + (widths[index] ?? 0) + 2, -2);
  while (total() > width) {
    const worst = Math.max(...shown.map((index) => columns[index]?.leaveOut ?? 0));
    if (worst === 0) return shown;
    shown = shown.filter((index) => columns[index]?.leaveOut !== worst);
  }
  return shown;
}
