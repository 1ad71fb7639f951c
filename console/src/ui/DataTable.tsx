// The one table: server lists of any length, virtual rows, sorting, selection, unfolding, keys.
import { Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useI18n } from '../i18n';
import type { List } from '../lib/list';
import { nextSort } from '../lib/url';
import { Icon } from './Icon';
import { Failure } from './States';
import './table.css';

export interface Column<R> {
  key: string;
  label: string;
  cell: (row: R) => ReactNode;
  /** What the server calls it in `sort`. */
  sort?: string;
  align?: 'right';
  /** Takes what room is left. */
  grow?: boolean;
  width?: number;
  /** Not shown until chosen. */
  optional?: boolean;
}

interface Selection {
  ids: Set<string>;
  set: (ids: Set<string>) => void;
}

interface Props<R> {
  label: string;
  list: List<R>;
  columns: Column<R>[];
  rowId: (row: R) => string;
  rowName: (row: R) => string;
  sort?: string | null;
  onSort?: (sort: string | null) => void;
  open?: string | null;
  onOpen?: (row: R) => void;
  selection?: Selection;
  unfold?: (row: R) => ReactNode;
  actions?: (row: R) => ReactNode;
  empty: ReactNode;
  /** As high as its rows, in place of filling the page and scrolling inside. */
  flow?: boolean;
}

export function DataTable<R>(props: Props<R>) {
  const { list, columns, rowId, selection } = props;
  const { t } = useI18n();
  const box = useRef<HTMLDivElement>(null);
  const [unfolded, setUnfolded] = useState<Set<string>>(new Set());
  const unfold = useCallback((id: string) => setUnfolded((before) => toggled(before, id)), []);
  const rows = list.rows;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 45,
    overscan: 12,
    getItemKey: (index) => rowId(rows[index] as R),
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const { hasMore, more } = list;
  useEffect(() => {
    if (hasMore && last >= rows.length - 20) more();
  });

  if (list.error && rows.length === 0) return <Failure error={list.error} retry={list.refetch} />;
  if (!list.loading && rows.length === 0 && !list.stale) return <div className="table-box table-empty">{props.empty}</div>;

  const width = columns.length + (selection ? 1 : 0) + (props.unfold ? 1 : 0) + (props.actions ? 1 : 0);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const shown = rows.map(rowId);
  const allSelected = shown.length > 0 && shown.every((id) => selection?.ids.has(id));
  return (
    <div className={props.flow ? 'table-wrap' : 'table-wrap table-fill'}>
      {list.error ? <Failure error={list.error} retry={list.refetch} /> : null}
      <div className={`table-box${list.stale ? ' table-stale' : ''}`} ref={box} tabIndex={0} role="region" aria-label={props.label} aria-busy={list.fetching}>
        <table aria-label={props.label} aria-rowcount={(list.total ?? -1) + 1}>
          <thead>
            <tr>
              {selection && (
                <th className="table-tick" scope="col">
                  <input type="checkbox" aria-label={t('list.selectAll')} checked={allSelected} ref={(input) => { if (input) input.indeterminate = !allSelected && selection.ids.size > 0; }} onChange={() => selection.set(allSelected ? new Set() : new Set(shown))} />
                </th>
              )}
              {props.unfold && <th className="table-tick" scope="col"><span className="sr">{t('list.unfold', { name: '' })}</span></th>}
              {columns.map((column) => (
                <Header key={column.key} column={column} sort={props.sort ?? null} onSort={props.onSort} />
              ))}
              {props.actions && <th scope="col" className="table-actions"><span className="sr">{t('list.actions')}</span></th>}
            </tr>
          </thead>
          <tbody>
            {list.loading &&
              Array.from({ length: 8 }, (_, index) => (
                <tr key={index}><td colSpan={width}><Skeleton height={16} my={6} width={`${95 - ((index * 13) % 30)}%`} /></td></tr>
              ))}
            {before > 0 && <tr aria-hidden="true"><td colSpan={width} style={{ height: before, padding: 0 }} /></tr>}
            {items.map(({ index, key }) => {
              const row = rows[index] as R;
              const id = rowId(row);
              return <Row key={key} row={row} index={index} table={props} open={props.open === id} selected={selection?.ids.has(id) ?? false} unfolded={unfolded.has(id)} onUnfold={unfold} measure={virtual.measureElement} width={width} />;
            })}
            {after > 0 && <tr aria-hidden="true"><td colSpan={width} style={{ height: after, padding: 0 }} /></tr>}
          </tbody>
        </table>
      </div>
      <div className="table-foot quiet small" role="status">
        {list.total !== undefined && rows.length < list.total ? t('list.shown', { shown: rows.length, n: list.total }) : t('list.count', { n: list.total ?? 0 })}
        {list.fetching && !list.loading && <span> · {t('list.more')}</span>}
      </div>
    </div>
  );
}

interface RowProps<R> {
  row: R;
  index: number;
  table: Props<R>;
  open: boolean;
  selected: boolean;
  unfolded: boolean;
  onUnfold: (id: string) => void;
  measure: (element: Element | null) => void;
  width: number;
}

/** Drawn anew only when something of it changed: scrolling moves rows, it does not draw them. */
const Row = memo(function Row<R>({ row, index, table, open, selected, unfolded, onUnfold, measure, width }: RowProps<R>) {
  const { t } = useI18n();
  const { selection, columns } = table;
  const id = table.rowId(row);
  const name = table.rowName(row);
  const select = () => selection?.set(toggled(selection.ids, id));
  const keys = (event: React.KeyboardEvent<HTMLTableRowElement>) => {
    if (event.target !== event.currentTarget) return;
    const step = event.key === 'ArrowDown' ? 'nextElementSibling' : event.key === 'ArrowUp' ? 'previousElementSibling' : null;
    if (step) {
      let to = event.currentTarget[step];
      while (to && !to.hasAttribute('data-row')) to = to[step];
      (to as HTMLElement | null)?.focus();
      event.preventDefault();
    } else if (event.key === 'Enter') table.onOpen?.(row);
    else if (event.key === ' ' && selection) {
      select();
      event.preventDefault();
    }
  };
  return (
    <>
      <tr
        data-row
        data-index={index}
        ref={unfolded ? undefined : measure}
        aria-rowindex={index + 2}
        aria-selected={selection ? selected : undefined}
        tabIndex={0}
        className={`${open ? 'row-open' : ''}${table.onOpen ? ' row-link' : ''}`}
        onKeyDown={keys}
        onClick={(event) => {
          if (!(event.target as HTMLElement).closest('a,button,input,label,[data-own]') && !window.getSelection()?.toString()) table.onOpen?.(row);
        }}
      >
        {selection && (
          <td className="table-tick" data-own>
            <input type="checkbox" aria-label={t('list.selectRow', { name })} checked={selected} onChange={select} />
          </td>
        )}
        {table.unfold && (
          <td className="table-tick">
            <button type="button" className="unfold" aria-expanded={unfolded} aria-label={t('list.unfold', { name })} onClick={() => onUnfold(id)}>
              <Icon name={unfolded ? 'down' : 'right'} />
            </button>
          </td>
        )}
        {columns.map((column) => (
          <td key={column.key} className={column.align === 'right' ? 'num right' : undefined}>{column.cell(row)}</td>
        ))}
        {table.actions && <td className="table-actions" data-own>{table.actions(row)}</td>}
      </tr>
      {unfolded && table.unfold && <tr className="row-unfolded"><td colSpan={width}>{table.unfold(row)}</td></tr>}
    </>
  );
}) as <R>(props: RowProps<R> & { key?: React.Key }) => ReactNode;

/** The set with this id put in, or taken out. */
function toggled(set: Set<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

function Header<R>({ column, sort, onSort }: { column: Column<R>; sort: string | null; onSort?: (sort: string | null) => void }) {
  const { t } = useI18n();
  const style = { width: column.grow ? '100%' : column.width, minWidth: column.grow ? (column.width ?? 200) : column.width };
  const name = column.sort;
  const className = column.align === 'right' ? 'right' : undefined;
  if (!name || !onSort) return <th scope="col" style={style} className={className}>{column.label}</th>;
  const direction = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none';
  return (
    <th scope="col" style={style} className={className} aria-sort={direction}>
      <button type="button" className="sort" title={t('list.sort', { column: column.label })} onClick={() => onSort(nextSort(sort, name))}>
        {column.label}
        <Icon name={direction === 'none' ? 'sort' : direction === 'ascending' ? 'up' : 'down'} size={12} />
      </button>
    </th>
  );
}
