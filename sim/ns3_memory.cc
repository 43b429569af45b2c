/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for ns-3's small things, which come and go by the thousand in each
 * session: an eighth of what it would cost is malloc()'s. It is malloc()'s
 * memory still, whoever gives it back, and only waits here to be used again;
 * a plug-in's operators are those of the libraries that it needs (see
 * ns3_faster.cc). A sanitizer has its own. */
#include <cstdlib>
#include <new>

#include <malloc.h>

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if !defined SANITIZED && !defined __SANITIZE_ADDRESS__

namespace
{

/* A piece of malloc()'s holds 24 bytes, or 40, or 56: the n-th size has room
 * for n * step + rest. */
constexpr std::size_t step = 16, rest = 8;
constexpr std::size_t sizes = 64;      /* that are kept, from the first on */
constexpr unsigned mostOfASize = 1024; /* else what one thread makes and another
                                          gives back would heap up */

struct Piece {
    Piece *next;
};

struct Shelf {
    Piece *first;
    unsigned count;
};

thread_local Shelf shelves[sizes];

} // namespace

void *operator new(std::size_t bytes)
{
    std::size_t n = bytes <= step + rest ? 1 : (bytes - rest + step - 1) / step;

    if (n < sizes && shelves[n].first) {
        Piece *p = shelves[n].first;

        shelves[n].first = p->next;
        shelves[n].count--;
        return p;
    }
    void *p = std::malloc(bytes ? bytes : 1);
    if (!p)
        throw std::bad_alloc();
    return p;
}

void operator delete(void *piece) noexcept
{
    std::size_t room = piece ? malloc_usable_size(piece) : 0;
    std::size_t n = room < step + rest ? sizes : (room - rest) / step;

    if (n >= sizes || shelves[n].count >= mostOfASize) {
        std::free(piece);
        return;
    }
    Piece *p = static_cast<Piece *>(piece);
    p->next = shelves[n].first;
    shelves[n].first = p;
    shelves[n].count++;
}

void operator delete(void *piece, std::size_t) noexcept
{
    operator delete(piece);
}

#endif
