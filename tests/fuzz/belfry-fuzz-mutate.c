/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include "belfry-fuzz-mutate.h"

#include <gio/gio.h>
#include <string.h>

/* The small change that stands in for libFuzzer where a test must do the same every time. It knows
 * nothing of coverage: what it finds depends on a good corpus and dictionary. */

#define MAX_CHANGES 6
#define MAX_RUN 32

typedef void (*Change) (const BelfryFuzzMutator *self, GByteArray *input);

/* Where lengths and signs turn over. */
static const guint8 odd_bytes[] = { 0, 1, 9, 0x0a, 0x1f, 0x20, '"', 0x7f, 0x80, 0xc3, 0xed, 0xff };

static guint
below (const BelfryFuzzMutator *self, guint bound)
{
  return g_rand_int (self->random) % bound;
}

static GBytes *
pick (const BelfryFuzzMutator *self, GPtrArray *table)
{
  return g_ptr_array_index (table, below (self, table->len));
}

static void
insert (GByteArray *input, guint at, const guint8 *bytes, guint length)
{
  guint behind = input->len - at;

  g_byte_array_set_size (input, input->len + length);
  memmove (input->data + at + length, input->data + at, behind);
  memcpy (input->data + at, bytes, length);
}

static void
flip_bit (const BelfryFuzzMutator *self, GByteArray *input)
{
  if (input->len > 0)
    input->data[below (self, input->len)] ^= (guint8) (1 << below (self, 8));
}

static void
set_odd_byte (const BelfryFuzzMutator *self, GByteArray *input)
{
  if (input->len > 0)
    input->data[below (self, input->len)] = odd_bytes[below (self, G_N_ELEMENTS (odd_bytes))];
}

static void
insert_byte (const BelfryFuzzMutator *self, GByteArray *input)
{
  guint8 byte = (guint8) below (self, 256);

  insert (input, below (self, input->len + 1), &byte, 1);
}

static void
remove_run (const BelfryFuzzMutator *self, GByteArray *input)
{
  if (input->len == 0)
    return;
  guint at = below (self, input->len);
  g_byte_array_remove_range (input, at, 1 + below (self, MIN (MAX_RUN, input->len - at)));
}

static void
repeat_run (const BelfryFuzzMutator *self, GByteArray *input)
{
  guint8 run[MAX_RUN];

  if (input->len == 0)
    return;
  guint at = below (self, input->len);
  guint length = 1 + below (self, MIN (MAX_RUN, input->len - at));
  memcpy (run, input->data + at, length);
  insert (input, below (self, input->len + 1), run, length);
}

static void
insert_word (const BelfryFuzzMutator *self, GByteArray *input)
{
  gsize length;

  if (self->words->len == 0)
    return;
  const guint8 *word = g_bytes_get_data (pick (self, self->words), &length);
  insert (input, below (self, input->len + 1), word, (guint) length);
}

/* Goes on with the end of another seed. */
static void
splice (const BelfryFuzzMutator *self, GByteArray *input)
{
  gsize length;
  const guint8 *other = g_bytes_get_data (pick (self, self->seeds), &length);

  if (length == 0)
    return;
  gsize from = below (self, (guint) length);
  g_byte_array_set_size (input, below (self, input->len + 1));
  g_byte_array_append (input, other + from, (guint) (length - from));
}

static const Change changes[] = {
  flip_bit, set_odd_byte, insert_byte, remove_run, repeat_run, insert_word, insert_word, splice,
};

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GPtrArray *
list_folder (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* The bytes that the word on @line stands for, or NULL if there is none. */
static GBytes *
parse_word (const char *line)
{
  const char *p = strchr (line, '"');
  g_autoptr (GByteArray) word = g_byte_array_new ();

  if (p == NULL)
    return NULL;
  for (p++; *p != '"'; p++)
    {
      guint8 byte = (guint8) *p;

      if (byte == '\\' && (p[1] == '\\' || p[1] == '"'))
        byte = (guint8) * ++p;
      else if (byte == '\\' && p[1] == 'x' && g_ascii_isxdigit (p[2]) && g_ascii_isxdigit (p[3]))
        {
          byte = (guint8) (g_ascii_xdigit_value (p[2]) << 4 | g_ascii_xdigit_value (p[3]));
          p += 3;
        }
      else if (byte == '\\' || byte == '\0')
        return NULL;
      g_byte_array_append (word, &byte, 1);
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&word));
}

GPtrArray *
belfry_fuzz_load_folder (const char *path, GError **error)
{
  g_autoptr (GError) list_error = NULL;
  g_autoptr (GPtrArray) names = list_folder (path, &list_error);
  g_autoptr (GPtrArray) contents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  if (list_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&list_error));
      return NULL;
    }
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, g_ptr_array_index (names, i), NULL);
      char *content;
      gsize length;

      if (!g_file_get_contents (file, &content, &length, error))
        return NULL;
      g_ptr_array_add (contents, g_bytes_new_take (content, length));
    }
  return g_steal_pointer (&contents);
}

GPtrArray *
belfry_fuzz_load_dictionary (const char *path, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *content = NULL;

  if (!g_file_get_contents (path, &content, NULL, error))
    return NULL;
  g_auto (GStrv) lines = g_strsplit (content, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_strstrip (lines[i]);
      if (*lines[i] == '\0' || *lines[i] == '#')
        continue;
      GBytes *word = parse_word (lines[i]);
      if (word == NULL)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s:%u: expected \"WORD\"", path,
                       i + 1);
          return NULL;
        }
      g_ptr_array_add (words, word);
    }
  return g_steal_pointer (&words);
}

void
belfry_fuzz_mutate (const BelfryFuzzMutator *self, GByteArray *input)
{
  gsize length;
  const guint8 *seed = g_bytes_get_data (pick (self, self->seeds), &length);
  guint n = 1 + below (self, MAX_CHANGES);

  g_byte_array_set_size (input, 0);
  g_byte_array_append (input, seed, (guint) length);
  for (guint i = 0; i < n; i++)
    changes[below (self, G_N_ELEMENTS (changes))](self, input);
  g_byte_array_set_size (input, (guint) MIN (input->len, self->max_length));
}
