/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

#include "belfry-bench.h"
#include "belfry-json-read.h"
#include "belfry-json-scan.h"
#include "belfry-json-write.h"

/* What the scanner, the reader and the writer take beside json-glib for the same work, on documents
 * of a kilobyte. */

#define DOCUMENT_SIZE 1024

typedef struct
{
  const char *shape;   /* (unowned) */
  const char *element; /* (unowned): a value, repeated in an array until the size is reached */
} Shape;

static const Shape shapes[] = {
  { "chat", "{\"type\":\"message\",\"room\":\"lobby\",\"id\":184467,\"from\":\"alice\",\"text\":"
            "\"Has anybody seen the keys of the bell tower? They were on the hook this morning.\","
            "\"seen\":true,\"reply\":null}" },
  { "nested", "{\"a\":{\"b\":{\"c\":[[1,2],[3,[4,{\"d\":[]}]]],\"e\":{}}},\"f\":[[[0]]]}" },
  { "utf-8", "{\"text\":\"Wer läutet so spät? Звонарь на колокольне, 鐘楼に誰かいる 🔔\"}" },
  { "numbers", "[0,-1,42,184467440737,3.14159,-2.5e-3,1e10,1700000000123]" },
  { "escapes", "\"line\\nbreak\\ttab \\\"quoted\\\" \\u00e9\\u0416 \\ud83d\\udd14 \\\\ \\/\"" },
  { "indented", "{\n    \"name\": \"tower\",\n    \"bells\": [\n      1,\n      2\n    ]\n  }" },
};

static GString *
make_document (const char *element)
{
  GString *document = g_string_new ("{\"data\":[");

  g_string_append (document, element);
  while (document->len + strlen (element) + 3 <= DOCUMENT_SIZE)
    g_string_append_printf (document, ",%s", element);
  g_string_append (document, "]}");
  return document;
}

static void
parse_json_glib (gconstpointer data)
{
  const GString *document = data;
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (!json_parser_load_from_data (parser, document->str, (gssize) document->len, NULL))
    abort ();
}

static void
scan (gconstpointer data)
{
  const GString *document = data;
  BelfryJsonScan result;

  if (!belfry_json_scan (document->str, document->len, NULL, &result))
    abort ();
}

static void
scan_and_iterate (gconstpointer data)
{
  const GString *document = data;
  BelfryJsonScan result;
  BelfryJsonIter iter;
  BelfryJsonMember member;
  guint found = 0;

  if (!belfry_json_scan (document->str, document->len, NULL, &result))
    abort ();
  belfry_json_iter_init (&iter, document->str, (BelfryJsonSlice){ 0, document->len });
  while (belfry_json_iter_next (&iter, &member))
    found += belfry_json_equal (document->str, member.name, "data");
  if (found != 1)
    abort ();
}

static void
build_json_glib (gconstpointer data)
{
  const GString *text = data;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char *out = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "offset");
  json_builder_add_int_value (builder, 184467440737);
  json_builder_set_member_name (builder, "data");
  json_builder_add_string_value (builder, text->str);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  out = json_generator_to_data (generator, NULL);
  if (*out != '{')
    abort ();
}

static void
write_ours (gconstpointer data)
{
  const GString *text = data;
  g_autoptr (GString) out = g_string_sized_new (text->len * 2);
  BelfryJsonWriter writer;

  belfry_json_writer_init (&writer, out);
  belfry_json_writer_begin_object (&writer);
  belfry_json_writer_name (&writer, "offset");
  belfry_json_writer_int64 (&writer, 184467440737);
  belfry_json_writer_name (&writer, "data");
  belfry_json_writer_string_len (&writer, text->str, text->len);
  belfry_json_writer_end_object (&writer);
  if (!belfry_json_writer_is_complete (&writer))
    abort ();
}

static void
compare (const char *title,
         BelfryBenchFunc baseline,
         BelfryBenchFunc candidate,
         const char *candidate_name)
{
  belfry_bench_heading (title);
  for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autoptr (GString) document = make_document (shapes[i].element);

      belfry_bench_compare (shapes[i].shape, document->len,
                            &(BelfryBenchSide){ "json-glib", baseline, document },
                            &(BelfryBenchSide){ candidate_name, candidate, document });
    }
}

int
main (int argc, char *argv[])
{
  compare ("Checking a document", parse_json_glib, scan, "scan");
  compare ("Reading a member", parse_json_glib, scan_and_iterate, "scan+iter");
  compare ("Writing a document as a string", build_json_glib, write_ours, "write");
  return 0;
}
