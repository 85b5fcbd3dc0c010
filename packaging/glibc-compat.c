// Binds the few C library functions that would otherwise demand a newer glibc than 2.28 to the versions every glibc has.
// publish.sh compiles this for the target and links it in; it then refuses a binary that still asks for more.

#if defined(__x86_64__)
#define FIRST "GLIBC_2.2.5" // the oldest symbol version of the architecture
#elif defined(__aarch64__)
#define FIRST "GLIBC_2.17"
#else
#error "which glibc version did this architecture begin with?"
#endif

// glibc 2.29 gave these a second version, which differs only in leaving out the SVID error handling. The .NET runtime and
// compiled managed code (Math.Pow and the like) call them by plain name, and the linker would pick the newest. Two steps:
// --wrap=pow sends each plain call to __wrap_pow, and .symver makes the call in there one to the first version.
#define REBIND(name, parameters, arguments)                  \
    double first_##name parameters;                          \
    __asm__(".symver first_" #name ", " #name "@" FIRST);    \
    double __wrap_##name parameters { return first_##name arguments; }

REBIND(exp, (double x), (x))
REBIND(exp2, (double x), (x))
REBIND(log, (double x), (x))
REBIND(log2, (double x), (x))
REBIND(pow, (double x, double y), (x, y))

// Headers of glibc 2.38 and later turn strtol and its kin into __isoc23_strtol and so on (the C23 rules, which add the
// prefix 0b). Runtime packs built by a distribution can carry such calls. No header is included here: it could do the same
// to these very lines, which would then call themselves.
typedef __builtin_va_list arguments;
long strtol(const char *text, char **end, int base);
unsigned long strtoul(const char *text, char **end, int base);
long long strtoll(const char *text, char **end, int base);
unsigned long long strtoull(const char *text, char **end, int base);
int vsscanf(const char *text, const char *format, arguments list);

long __isoc23_strtol(const char *text, char **end, int base) { return strtol(text, end, base); }
unsigned long __isoc23_strtoul(const char *text, char **end, int base) { return strtoul(text, end, base); }
long long __isoc23_strtoll(const char *text, char **end, int base) { return strtoll(text, end, base); }
unsigned long long __isoc23_strtoull(const char *text, char **end, int base) { return strtoull(text, end, base); }
int __isoc23_sscanf(const char *text, const char *format, ...)
{
    arguments list;
    __builtin_va_start(list, format);
    int count = vsscanf(text, format, list);
    __builtin_va_end(list);
    return count;
}
