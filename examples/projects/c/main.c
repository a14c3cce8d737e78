#include <stdio.h>

#if defined(__x86_64__)
#define MACHINE "amd64"
#elif defined(__aarch64__)
#define MACHINE "arm64"
#else
#define MACHINE "another machine"
#endif

int main(void) {
  puts("hello from " MACHINE);
  return 0;
}
