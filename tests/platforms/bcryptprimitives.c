/* The one function of bcryptprimitives.dll that Rust's standard library calls, for a Wine that
 * does not have that library yet (before 9.0). */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T len)
{
    while (len > 0) {
        ULONG count = len > 0x10000 ? 0x10000 : (ULONG)len;
        if (!RtlGenRandom(data, count))
            return FALSE;
        data += count;
        len -= count;
    }
    return TRUE;
}
