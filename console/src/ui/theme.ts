import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Deep water: the colour of the console's own things. Severity has colours of its own, in `tokens.css`. */
const sea: MantineColorsTuple = [
  '#eaf4fa', '#d3e6f1', '#a4cce3', '#71b0d4', '#4999c8', '#2f8ac1', '#1a74a8', '#0f6391', '#0b5279', '#0b3a53',
];

/** The dark scheme's surfaces, as in `tokens.css`. */
const dark: MantineColorsTuple = [
  '#e4ebf1', '#c3cdd6', '#a3b1be', '#76828f', '#3d4b58', '#2a3641', '#1d2832', '#172028', '#131b22', '#10171d',
];

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  colors: { sea, dark },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Zen Hei", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "Noto Sans Mono CJK SC", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', checkIconPosition: 'right' } },
    Modal: { defaultProps: { centered: true, radius: 'lg', overlayProps: { backgroundOpacity: 0.4 } } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, maw: 360, multiline: true } },
    Popover: { defaultProps: { shadow: 'md', withinPortal: true } },
    Menu: { defaultProps: { shadow: 'md' } },
  },
});
