/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-secret"

#include "config.h"

#include "belfry-secret.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Secret bytes. Owned by all who hold a reference, on any thread: nothing but the count changes
 * after it is made. What protects the pages is the best that the system gives: an unprivileged
 * service may lock a few megabytes only, and a secret that cannot be locked is still better kept
 * than refused. Never logs, and has no function that formats. */
struct _BelfrySecret
{
  atomic_uint ref_count;
  gsize length;
  gsize mapped; /* bytes of the mapping; zero if there is none */
  char *bytes;  /* (owned): from mmap() or the heap */
};

/* Zero if no number of pages holds that many bytes. */
static gsize
whole_pages (gsize size)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);

  return size > G_MAXSIZE - (page - 1) ? 0 : (size + page - 1) / page * page;
}

static void
protect (char *pages, gsize size)
{
  int saved = errno;

  (void) mlock (pages, size);
  (void) madvise (pages, size, MADV_DONTDUMP);
  (void) madvise (pages, size, MADV_WIPEONFORK);
  errno = saved;
}

static void
allocate (BelfrySecret *self, gsize size)
{
  gsize pages_size = whole_pages (size);
  char *pages = pages_size == 0 ? MAP_FAILED
                                : mmap (NULL, pages_size, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (pages == MAP_FAILED)
    {
      self->bytes = g_malloc (size);
      return;
    }
  protect (pages, pages_size);
  self->bytes = pages;
  self->mapped = pages_size;
}

static void
secret_free (BelfrySecret *self)
{
  explicit_bzero (self->bytes, self->length);
  if (self->mapped != 0)
    munmap (self->bytes, self->mapped);
  else
    g_free (self->bytes);
  g_free (self);
}

/* Looks at every byte whatever the first ones say. The volatile read keeps a compiler from seeing
 * that the answer is known earlier. */
static gboolean
same_bytes (const char *left, const char *right, gsize length)
{
  const volatile char *one = left;
  const volatile char *other = right;
  guint8 difference = 0;

  for (gsize i = 0; i < length; i++)
    difference |= (guint8) (one[i] ^ other[i]);
  return difference == 0;
}

BelfrySecret *
belfry_secret_new (gconstpointer bytes, gsize length)
{
  g_return_val_if_fail (bytes != NULL || length == 0, NULL);
  g_return_val_if_fail (length < G_MAXSIZE, NULL);
  BelfrySecret *self = g_new0 (BelfrySecret, 1);

  atomic_init (&self->ref_count, 1);
  self->length = length;
  allocate (self, length + 1);
  if (length > 0)
    memcpy (self->bytes, bytes, length);
  self->bytes[length] = '\0';
  return self;
}

BelfrySecret *
belfry_secret_new_take_text (char *text)
{
  g_autoptr (BelfrySecretText) owned = text;

  g_return_val_if_fail (text != NULL, NULL);
  return belfry_secret_new (owned, strlen (owned));
}

BelfrySecret *
belfry_secret_ref (BelfrySecret *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
belfry_secret_unref (BelfrySecret *self)
{
  /* Release: what this thread read comes before the wiping. Acquire: the wiping comes after. */
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) == 1)
    secret_free (self);
}

const char *
belfry_secret_peek (const BelfrySecret *self, gsize *length)
{
  if (length != NULL)
    *length = self->length;
  return self->bytes;
}

gboolean
belfry_secret_equal (const BelfrySecret *self, const BelfrySecret *other)
{
  return belfry_secret_equal_bytes (self, other->bytes, other->length);
}

gboolean
belfry_secret_equal_bytes (const BelfrySecret *self, gconstpointer bytes, gsize length)
{
  return self->length == length && same_bytes (self->bytes, bytes, length);
}

void
belfry_secret_wipe_text (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
}

void
belfry_secret_text_free (BelfrySecretText *text)
{
  belfry_secret_wipe_text (text);
  g_free (text);
}
