/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "belfry-fuzz.h"
#include "belfry-json-read.h"
#include "belfry-json-scan.h"
#include "belfry-json-write.h"

/* Scanner, reader and writer against json-glib. What the scanner accepts, json-glib accepts and
 * understands as the reader does, and as it understands what the writer makes of it. What json-glib
 * accepts and the scanner does not is one of the leniencies below. */

/* json-glib recurses: no text with more opening brackets gets there. */
#define MAX_BRACKETS 500

/* A fault that json-glib 1.6 lets pass where one of @bytes is what the scanner stopped at, or, in a
 * text that was cut, the last byte. */
typedef struct
{
  const char *what; /* (unowned) */
  BelfryJsonFault fault;
  const char *bytes; /* (unowned) (nullable): NULL for any */
} Leniency;

static const Leniency leniencies[] = {
  { "bounds are the scanner's own", BELFRY_JSON_FAULT_TOO_LONG, NULL },
  { "bounds are the scanner's own", BELFRY_JSON_FAULT_TOO_DEEP, NULL },
  { "no value at all", BELFRY_JSON_FAULT_EMPTY, NULL },
  { "a comment: /**/", BELFRY_JSON_FAULT_VALUE, "/" },
  { "a comment: /**/", BELFRY_JSON_FAULT_NAME, "/" },
  { "a comment: /**/", BELFRY_JSON_FAULT_COLON, "/" },
  { "a comment: /**/", BELFRY_JSON_FAULT_COMMA, "/" },
  { "a comment: /**/", BELFRY_JSON_FAULT_TRAILING, "/" },
  { "an assignment: var x = 1", BELFRY_JSON_FAULT_VALUE, "v" },
  { "a text behind the text, if an array, object or assignment", BELFRY_JSON_FAULT_TRAILING,
    "[{v" },
  { "a byte order mark", BELFRY_JSON_FAULT_VALUE, "\xef" },
  { "single quotes: 'a'", BELFRY_JSON_FAULT_VALUE, "'" },
  { "single quotes: 'a'", BELFRY_JSON_FAULT_NAME, "'" },
  { "numbers of C and of assemblers: .5, $ff", BELFRY_JSON_FAULT_VALUE, ".$" },
  { "numbers of C and of assemblers: 0x1f, 0b1", BELFRY_JSON_FAULT_COMMA, "xXbB" },
  { "numbers of C and of assemblers: 0x1f, 0b1", BELFRY_JSON_FAULT_TRAILING, "xXbB" },
  { "numbers of C and of assemblers: 01, 1., - 1", BELFRY_JSON_FAULT_NUMBER, NULL },
  { "numbers of C and of assemblers: 1.", BELFRY_JSON_FAULT_TRUNCATED, "." },
  { "control characters in strings", BELFRY_JSON_FAULT_CONTROL, NULL },
  { "escapes of C, and unknown ones: \\0, \\q, \\u", BELFRY_JSON_FAULT_ESCAPE, NULL },
  { "half a surrogate pair, which becomes invalid UTF-8", BELFRY_JSON_FAULT_SURROGATE, NULL },
};

/* Where both differ on purpose: json-glib's strings end at U+0000. */
static char *
dup_up_to_nul (const char *text, BelfryJsonSlice string)
{
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (belfry_json_append_string (text, string, G_MAXSIZE, out));
  g_assert_true (g_utf8_validate (out->str, -1, NULL));
  g_assert_true (strlen (out->str) < out->len || belfry_json_equal (text, string, out->str));
  return g_strdup (out->str);
}

static void
assert_same_number (const char *text, BelfryJsonSlice number, JsonNode *node)
{
  g_autofree char *digits = g_strndup (text + number.offset, number.length);
  gint64 value;

  if (strpbrk (digits, ".eE") != NULL)
    g_assert_true (!(json_node_get_double (node) < g_ascii_strtod (digits, NULL)) &&
                   !(json_node_get_double (node) > g_ascii_strtod (digits, NULL)));
  else if (belfry_json_get_int64 (text, number, &value))
    g_assert_cmpint (json_node_get_int (node), ==, value);
  else
    g_assert_cmpint (json_node_get_value_type (node), ==, G_TYPE_INT64);
}

static void
assert_same_scalar (const char *text, const BelfryJsonMember *member, JsonNode *node)
{
  g_autofree char *string = NULL;

  switch (member->kind)
    {
    case BELFRY_JSON_STRING:
      string = dup_up_to_nul (text, member->value);
      g_assert_cmpstr (json_node_get_string (node), ==, string);
      break;
    case BELFRY_JSON_NUMBER:
      assert_same_number (text, member->value, node);
      break;
    case BELFRY_JSON_TRUE:
    case BELFRY_JSON_FALSE:
      g_assert_cmpint (json_node_get_boolean (node), ==, member->kind == BELFRY_JSON_TRUE);
      break;
    case BELFRY_JSON_NULL:
      g_assert_true (json_node_is_null (node));
      break;
    case BELFRY_JSON_NONE:
    case BELFRY_JSON_OBJECT:
    case BELFRY_JSON_ARRAY:
    default:
      g_assert_not_reached ();
    }
}

/* The last of each name, as json-glib has it. */
static GHashTable *
collect_members (const char *text, BelfryJsonSlice object)
{
  GHashTable *members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, text, object);
  while (belfry_json_iter_next (&iter, &member))
    g_hash_table_replace (members, dup_up_to_nul (text, member.name),
                          g_memdup2 (&member, sizeof member));
  return members;
}

/* A value and the node that must be the same; kept in a queue, so that nothing here recurses. */
typedef struct
{
  BelfryJsonMember member;
  JsonNode *node; /* (unowned) */
} Pair;

static void
push_pair (GArray *pairs, const BelfryJsonMember *member, JsonNode *node)
{
  Pair pair = { *member, node };

  g_assert_nonnull (node);
  g_array_append_val (pairs, pair);
}

static void
push_object (GArray *pairs, const char *text, BelfryJsonSlice value, JsonNode *node)
{
  g_autoptr (GHashTable) members = collect_members (text, value);
  JsonObject *object = json_node_get_object (node);
  GHashTableIter iter;
  gpointer name;
  gpointer member;

  g_assert_cmpuint (json_object_get_size (object), ==, g_hash_table_size (members));
  g_hash_table_iter_init (&iter, members);
  while (g_hash_table_iter_next (&iter, &name, &member))
    push_pair (pairs, member, json_object_get_member (object, name));
}

static void
push_array (GArray *pairs, const char *text, BelfryJsonSlice value, JsonNode *node)
{
  JsonArray *array = json_node_get_array (node);
  guint length = json_array_get_length (array);
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, text, value);
  for (guint i = 0; i < length; i++)
    {
      g_assert_true (belfry_json_iter_next (&iter, &member));
      push_pair (pairs, &member, json_array_get_element (array, i));
    }
  g_assert_false (belfry_json_iter_next (&iter, &member));
}

static void
assert_same (const char *text, const BelfryJsonMember *whole, JsonNode *root)
{
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (Pair));

  push_pair (pairs, whole, root);
  while (pairs->len > 0)
    {
      Pair pair = g_array_index (pairs, Pair, pairs->len - 1);

      g_array_set_size (pairs, pairs->len - 1);
      if (pair.member.kind == BELFRY_JSON_OBJECT)
        push_object (pairs, text, pair.member.value, pair.node);
      else if (pair.member.kind == BELFRY_JSON_ARRAY)
        push_array (pairs, text, pair.member.value, pair.node);
      else
        assert_same_scalar (text, &pair.member, pair.node);
    }
}

/* Writes one value; of an object or array only the beginning. */
static void
rewrite_value (BelfryJsonWriter *writer, const char *text, const BelfryJsonMember *member)
{
  g_autoptr (GString) string = g_string_new (NULL);

  switch (member->kind)
    {
    case BELFRY_JSON_OBJECT:
      belfry_json_writer_begin_object (writer);
      break;
    case BELFRY_JSON_ARRAY:
      belfry_json_writer_begin_array (writer);
      break;
    case BELFRY_JSON_STRING:
      g_assert_true (belfry_json_append_string (text, member->value, G_MAXSIZE, string));
      belfry_json_writer_string_len (writer, string->str, string->len);
      break;
    case BELFRY_JSON_NUMBER:
    case BELFRY_JSON_TRUE:
    case BELFRY_JSON_FALSE:
    case BELFRY_JSON_NULL:
      belfry_json_writer_raw (writer, text + member->value.offset, member->value.length);
      break;
    case BELFRY_JSON_NONE:
    default:
      g_assert_not_reached ();
    }
}

static void
rewrite_name (BelfryJsonWriter *writer, const char *text, const BelfryJsonMember *member)
{
  g_autofree char *name = NULL;

  if (member->name.length == 0)
    return;
  name = dup_up_to_nul (text, member->name);
  belfry_json_writer_name (writer, name);
}

/* Reads the text and writes it again, level by level. */
static GString *
rewrite (const char *text, const BelfryJsonMember *whole)
{
  BelfryJsonIter levels[BELFRY_JSON_DEFAULT_DEPTH + 1];
  BelfryJsonMember member = *whole;
  BelfryJsonWriter writer;
  GString *out = g_string_new (NULL);
  guint depth = 0;

  belfry_json_writer_init (&writer, out);
  while (TRUE)
    {
      rewrite_value (&writer, text, &member);
      if (member.kind == BELFRY_JSON_OBJECT || member.kind == BELFRY_JSON_ARRAY)
        belfry_json_iter_init (&levels[depth++], text, member.value);
      while (depth > 0 && !belfry_json_iter_next (&levels[depth - 1], &member))
        {
          depth--;
          if (levels[depth].is_object)
            belfry_json_writer_end_object (&writer);
          else
            belfry_json_writer_end_array (&writer);
        }
      if (depth == 0)
        break;
      rewrite_name (&writer, text, &member);
    }
  g_assert_true (belfry_json_writer_is_complete (&writer));
  return out;
}

static BelfryJsonMember
whole_text (const char *text, gsize length, BelfryJsonKind kind)
{
  gsize begin = strspn (text, " \t\r\n");

  while (length > begin && strchr (" \t\r\n", text[length - 1]) != NULL)
    length--;
  return (BelfryJsonMember){ .value = { begin, length - begin }, .kind = kind };
}

static void
check_accepted (JsonParser *parser, const char *text, gsize length, const BelfryJsonScan *scan)
{
  BelfryJsonMember whole = whole_text (text, length, scan->kind);
  g_autoptr (GString) rewritten = rewrite (text, &whole);
  g_autoptr (JsonParser) again = json_parser_new ();
  g_autoptr (GError) error = NULL;
  BelfryJsonScan rescan;

  g_assert_cmpint (scan->fault, ==, BELFRY_JSON_FAULT_NONE);
  assert_same (text, &whole, json_parser_get_root (parser));
  g_assert_true (belfry_json_scan (rewritten->str, rewritten->len, NULL, &rescan));
  g_assert_cmpint (rescan.kind, ==, scan->kind);
  g_assert_cmpuint (rescan.depth, ==, scan->depth);
  json_parser_load_from_data (again, rewritten->str, (gssize) rewritten->len, &error);
  g_assert_no_error (error);
  g_assert_true (json_node_equal (json_parser_get_root (parser), json_parser_get_root (again)));
}

static gboolean
is_lenient (const Leniency *leniency, BelfryJsonFault fault, char byte)
{
  if (leniency->fault != fault)
    return FALSE;
  return leniency->bytes == NULL || (byte != '\0' && strchr (leniency->bytes, byte) != NULL);
}

static void
check_refused (const char *text, const BelfryJsonScan *scan)
{
  gboolean cut = scan->fault == BELFRY_JSON_FAULT_TRUNCATED;
  char byte = text[cut ? scan->offset - 1 : scan->offset];

  for (gsize i = 0; i < G_N_ELEMENTS (leniencies); i++)
    {
      if (is_lenient (&leniencies[i], scan->fault, byte))
        return;
    }
  g_error ("json-glib accepts what the scanner does not: %s (byte %" G_GSIZE_FORMAT "): %s",
           belfry_json_fault_text (scan->fault), scan->offset, text);
}

/* The reader stays within any text, good or bad. */
static void
walk (const char *text, gsize length)
{
  BelfryJsonIter iter;
  BelfryJsonMember member;

  belfry_json_iter_init (&iter, text, (BelfryJsonSlice){ 0, length });
  while (belfry_json_iter_next (&iter, &member))
    {
      g_autofree char *string = belfry_json_dup_string (text, member.value, 64);
      gint64 number;

      g_assert_cmpuint (member.value.offset + member.value.length, <=, length);
      g_assert_true (string == NULL || belfry_json_equal (text, member.value, string));
      belfry_json_equal (text, member.name, "a\"");
      belfry_json_get_int64 (text, member.value, &number);
    }
}

/* It refuses NUL, where the copy of the text ends; and it recurses. */
static gboolean
json_glib_is_safe (const char *text, gsize length)
{
  guint brackets = 0;

  if (memchr (text, '\0', length) != NULL)
    return FALSE;

  for (gsize i = 0; i < length; i++)
    brackets += text[i] == '[' || text[i] == '{';
  return brackets <= MAX_BRACKETS;
}

/* json-glib 1.6 leaks a text behind a scalar: "4[1]". */
static void
check_unlike_json_glib (const char *text, gsize length, const BelfryJsonScan *scan)
{
  belfry_fuzz_forgive_leaks (TRUE);
  JsonParser *parser = json_parser_new ();
  if (json_parser_load_from_data (parser, text, (gssize) length, NULL))
    check_refused (text, scan);
  g_object_unref (parser);
  belfry_fuzz_forgive_leaks (FALSE);
}

static void
check_like_json_glib (const char *text, gsize length, const BelfryJsonScan *scan)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, (gssize) length, &error);
  g_assert_no_error (error);
  check_accepted (parser, text, length, scan);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  BelfryJsonScan scan;

  walk ((const char *) data, size);
  if (belfry_json_scan ((const char *) data, size, NULL, &scan))
    check_like_json_glib (text, size, &scan);
  else if (json_glib_is_safe (text, size))
    check_unlike_json_glib (text, size, &scan);
  return 0;
}
