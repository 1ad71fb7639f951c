// A file of its own, so that it can come later than the forms that have one.
export { MultiSelect as default } from '@mantine/core';
