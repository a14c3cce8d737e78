import { expect, test } from 'vitest';
import { programOfMakefile } from '../../src/init/makefile.ts';

test.each([
  ['app: main.c\n\tcc -o app main.c\n', 'app'],
  ['CC ?= cc\n.PHONY: all clean\nall: tool\ntool: a.o\n', 'tool'],
  ['NAME := prog\n%.o: %.c\n\tcc\n$(NAME): a.o\n', 'prog'],
  ['all: bin/app # the program\n', 'bin/app'],
  ['.PHONY: release\nrelease: ${OUT}\nOUT = out\n', 'out'],
  ['FLAGS += -O2\nurl = a:b\nx:=1\nhello: \\\n  hello.o\n', 'hello'],
])('%j makes %s', (text, program) => expect(programOfMakefile(text)).toBe(program));

test.each([
  '',
  '# app: main.c\n',
  'include rules.mk\n',
  'all:\n\tcc -o app main.c\n',
  'all: $(PROGRAMS)\n',
  'all: $(SRC:.c=.o)\n',
  'all: lib.a\n',
  '../up: a\n',
  '$(shell rm x): a\n',
])('%j does not tell', (text) => expect(programOfMakefile(text)).toBeUndefined());
