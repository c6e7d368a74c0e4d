/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <string.h>

#include "belfry-fuzz.h"
#include "belfry-json-scan.h"
#include "belfry-json-write.h"

/* The input is a row of calls to the writer. Whatever they are, if they come in an order that is
 * allowed, the scanner accepts what was written. */

typedef struct
{
  BelfryJsonWriter writer;
  BelfryFuzzBytes bytes;
  gboolean is_object[BELFRY_JSON_WRITER_MAX_DEPTH];
  guint depth;
} Run;

typedef void (*Call) (Run *self);

static void
begin (Run *self, gboolean object)
{
  if (self->depth == BELFRY_JSON_WRITER_MAX_DEPTH)
    {
      belfry_json_writer_null (&self->writer);
      return;
    }
  if (object)
    belfry_json_writer_begin_object (&self->writer);
  else
    belfry_json_writer_begin_array (&self->writer);
  self->is_object[self->depth++] = object;
}

static void
begin_object (Run *self)
{
  begin (self, TRUE);
}

static void
begin_array (Run *self)
{
  begin (self, FALSE);
}

static void
write_string (Run *self)
{
  gsize length;
  g_autofree char *text = belfry_fuzz_take_bytes (&self->bytes, &length);

  belfry_json_writer_string_len (&self->writer, text, length);
}

static void
write_terminated (Run *self)
{
  gsize length;
  g_autofree char *text = belfry_fuzz_take_bytes (&self->bytes, &length);

  belfry_json_writer_string (&self->writer, length > 0 ? text : NULL);
}

static void
write_base64 (Run *self)
{
  gsize length;
  g_autofree char *bytes = belfry_fuzz_take_bytes (&self->bytes, &length);

  belfry_json_writer_base64 (&self->writer, bytes, length);
}

/* The writer takes only what the scanner has passed. */
static void
write_raw (Run *self)
{
  const BelfryJsonLimits limits = { G_MAXUINT8, 8 };
  gsize length;
  g_autofree char *json = belfry_fuzz_take_bytes (&self->bytes, &length);
  BelfryJsonScan scan;

  if (belfry_json_scan (json, length, &limits, &scan))
    belfry_json_writer_raw (&self->writer, json, length);
  else
    belfry_json_writer_null (&self->writer);
}

static void
write_int64 (Run *self)
{
  belfry_json_writer_int64 (&self->writer, (gint64) belfry_fuzz_take_uint64 (&self->bytes));
}

static void
write_uint64 (Run *self)
{
  belfry_json_writer_uint64 (&self->writer, belfry_fuzz_take_uint64 (&self->bytes));
}

static void
write_double (Run *self)
{
  guint64 bits = belfry_fuzz_take_uint64 (&self->bytes);
  double value;

  memcpy (&value, &bits, sizeof value);
  belfry_json_writer_double (&self->writer, value);
}

static void
write_boolean (Run *self)
{
  belfry_json_writer_boolean (&self->writer, belfry_fuzz_take_byte (&self->bytes) & 1);
}

static void
write_null (Run *self)
{
  belfry_json_writer_null (&self->writer);
}

static const Call calls[] = {
  begin_object, begin_array,  write_string, write_terminated, write_base64, write_raw,
  write_int64,  write_uint64, write_double, write_boolean,    write_null,
};

static void
end_level (Run *self)
{
  if (self->is_object[--self->depth])
    belfry_json_writer_end_object (&self->writer);
  else
    belfry_json_writer_end_array (&self->writer);
}

static void
write_value (Run *self, guint8 decision)
{
  gsize length;

  if (self->depth > 0 && self->is_object[self->depth - 1])
    {
      g_autofree char *name = belfry_fuzz_take_bytes (&self->bytes, &length);

      belfry_json_writer_name (&self->writer, name);
    }
  calls[decision % G_N_ELEMENTS (calls)](self);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const BelfryJsonLimits limits = { G_MAXSIZE, BELFRY_JSON_WRITER_MAX_DEPTH + 8 };
  g_autoptr (GString) out = g_string_new (NULL);
  Run run = { .bytes = { data, size } };
  BelfryJsonScan scan;

  belfry_json_writer_init (&run.writer, out);
  write_value (&run, belfry_fuzz_take_byte (&run.bytes));
  while (run.depth > 0)
    {
      guint8 decision = belfry_fuzz_take_byte (&run.bytes);

      g_assert_false (belfry_json_writer_is_complete (&run.writer));
      if (run.bytes.left == 0 || decision % (G_N_ELEMENTS (calls) + 1) == G_N_ELEMENTS (calls))
        end_level (&run);
      else
        write_value (&run, decision % (G_N_ELEMENTS (calls) + 1));
    }
  g_assert_true (belfry_json_writer_is_complete (&run.writer));
  if (!belfry_json_scan (out->str, out->len, &limits, &scan))
    g_error ("%s, byte %" G_GSIZE_FORMAT ": %s", belfry_json_fault_text (scan.fault), scan.offset,
             out->str);
  return 0;
}
