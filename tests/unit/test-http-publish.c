/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-http-publish.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-test-bytes.h"
#include "belfry-test.h"

#define MAX_PAYLOAD 16
#define MAX_ITEMS 3

static GPtrArray *
parse (const char *text, gboolean *is_list, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  return belfry_http_publish_parse (body, MAX_PAYLOAD, MAX_ITEMS, is_list, error);
}

/* The one item that is all of @text. */
static BelfryHttpItem *
parse_one (const char *text)
{
  g_autoptr (GError) error = NULL;
  gboolean is_list = TRUE;
  g_autoptr (GPtrArray) items = parse (text, &is_list, &error);

  g_assert_no_error (error);
  g_assert_false (is_list);
  g_assert_cmpuint (items->len, ==, 1);
  return g_ptr_array_steal_index (items, 0);
}

static void
assert_written (const BelfryHttpItem *item, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  belfry_http_publish_write (item, text);
  g_assert_cmpstr (text->str, ==, expected);
}

/* Values outside ASCII, and strings with every kind of escape, are what they mean. */
static void
test_whole_item (void)
{
  g_autoptr (BelfryHttpItem) item =
      parse_one (" {\"\\u0074opic\":\"a.\\u00e4\",\"data\": {\"x\":[1]} ,\"encoding\":\"json\","
                 "\"idempotency_key\":\"k\\n\"} ");

  g_assert_no_error (item->error);
  g_assert_cmpstr (item->topic, ==, "a.ä");
  g_assert_cmpstr (item->key, ==, "k\n");
  belfry_test_assert_bytes (g_bytes_get_data (item->payload, NULL),
                            g_bytes_get_size (item->payload), "'{\"x\":[1]}'");
  g_assert_false (belfry_position_is_set (&item->position));
}

typedef struct
{
  const char *data;  /* as it stands in the body */
  const char *bytes; /* as belfry_test_bytes() takes it */
} DataCase;

static const DataCase json_cases[] = {
  { "null", "'null'" },
  { "true", "'true'" },
  { "-1.5e3", "'-1.5e3'" },
  { "\"a b\"", "'\"a b\"'" },
  { "\"\\u0000\"", "'\"\\u0000\"'" },
  { "[ ]", "'[ ]'" },
  { "\"0123456789abcd\"", "'\"0123456789abcd\"'" },
};

/* Any JSON value is published as it stands, up to the size that a message may have. */
static void
test_json_data (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (json_cases); i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"topic\":\"a\",\"data\":%s}", json_cases[i].data);
      g_autoptr (BelfryHttpItem) item = parse_one (body);

      g_assert_no_error (item->error);
      belfry_test_assert_bytes (g_bytes_get_data (item->payload, NULL),
                                g_bytes_get_size (item->payload), json_cases[i].bytes);
    }
}

static const DataCase base64_cases[] = {
  { "AA==", "00" },
  { "/+8=", "ff ef" },
  { "Zm9v", "'foo'" },
  { "Zm9\\u0076", "'foo'" },
  { "\\/+8=", "ff ef" },
  { "AAAAAAAAAAAAAAAAAAAAAA==", "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" },
};

/* Base64 becomes the bytes it stands for, wherever the encoding is named. */
static void
test_base64_data (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (base64_cases); i++)
    {
      g_autofree char *body =
          g_strdup_printf ("{\"encoding\":\"base64\",\"topic\":\"a\",\"data\":\"%s\"}",
                           base64_cases[i].data);
      g_autofree char *turned =
          g_strdup_printf ("{\"data\":\"%s\",\"topic\":\"a\",\"encoding\":\"base64\"}",
                           base64_cases[i].data);
      g_autoptr (BelfryHttpItem) item = parse_one (body);
      g_autoptr (BelfryHttpItem) other = parse_one (turned);

      g_assert_no_error (item->error);
      g_assert_no_error (other->error);
      belfry_test_assert_bytes (g_bytes_get_data (item->payload, NULL),
                                g_bytes_get_size (item->payload), base64_cases[i].bytes);
      g_assert_true (g_bytes_equal (item->payload, other->payload));
    }
}

/* A string may be published as what it means, with the encoding that the dialects have for it. */
static void
test_text_data (void)
{
  g_autoptr (BelfryHttpItem) item =
      parse_one ("{\"topic\":\"a\",\"encoding\":\"text\",\"data\":\"\\u0000a\\n\\u00e4\"}");
  g_autoptr (BelfryHttpItem) empty =
      parse_one ("{\"topic\":\"a\",\"data\":\"\",\"encoding\":\"text\"}");

  g_assert_no_error (item->error);
  belfry_test_assert_bytes (g_bytes_get_data (item->payload, NULL),
                            g_bytes_get_size (item->payload), "00 'a' 0a c3 a4");
  g_assert_no_error (empty->error);
  g_assert_cmpuint (g_bytes_get_size (empty->payload), ==, 0);
}

/* No bytes are bytes, too: whether they may be published is for others to say. */
static void
test_empty_data (void)
{
  g_autoptr (BelfryHttpItem) item =
      parse_one ("{\"topic\":\"a\",\"data\":\"\",\"encoding\":\"base64\"}");

  g_assert_no_error (item->error);
  g_assert_cmpuint (g_bytes_get_size (item->payload), ==, 0);
}

/* A name that is there twice counts as it stands the last time. */
static void
test_twice (void)
{
  g_autoptr (BelfryHttpItem) item =
      parse_one ("{\"topic\":\"a\",\"data\":1,\"idempotency_key\":\"k\",\"topic\":\"b\","
                 "\"idempotency_key\":\"l\",\"data\":2}");

  g_assert_no_error (item->error);
  g_assert_cmpstr (item->topic, ==, "b");
  g_assert_cmpstr (item->key, ==, "l");
  belfry_test_assert_bytes (g_bytes_get_data (item->payload, NULL),
                            g_bytes_get_size (item->payload), "'2'");
}

typedef struct
{
  const char *defect;
  const char *body;
  int code; /* a #BelfryError */
} BadCase;

static const BadCase bad_bodies[] = {
  { "nothing", "", BELFRY_ERROR_BAD_REQUEST },
  { "space", " ", BELFRY_ERROR_BAD_REQUEST },
  { "not JSON", "topic=a&data=1", BELFRY_ERROR_BAD_REQUEST },
  { "cut off", "{\"topic\":\"a\",\"data\":1", BELFRY_ERROR_BAD_REQUEST },
  { "something behind it", "{\"topic\":\"a\",\"data\":1}{", BELFRY_ERROR_BAD_REQUEST },
  { "not UTF-8", "{\"topic\":\"\xff\",\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "byte order mark", "\xef\xbb\xbf{\"topic\":\"a\",\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "a string", "\"a\"", BELFRY_ERROR_BAD_REQUEST },
  { "a number", "1", BELFRY_ERROR_BAD_REQUEST },
  { "null", "null", BELFRY_ERROR_BAD_REQUEST },
  { "one item too many", "[1,2,3,4]", BELFRY_ERROR_TOO_LARGE },
};

/* A body that is neither an item nor a list of them is refused as a whole. */
static void
test_bad_bodies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_bodies); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_list;

      g_test_message ("%s", bad_bodies[i].defect);
      g_assert_null (parse (bad_bodies[i].body, &is_list, &error));
      g_assert_error (error, BELFRY_ERROR, bad_bodies[i].code);
    }
}

/* A request without a body, and one with a byte of zero in it, are refused like any other. */
static void
test_odd_bodies (void)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) zero = NULL;
  g_autoptr (GBytes) body = g_bytes_new_static ("{}\0", 3);
  gboolean is_list;

  g_assert_null (belfry_http_publish_parse (NULL, MAX_PAYLOAD, MAX_ITEMS, &is_list, &missing));
  g_assert_error (missing, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
  g_assert_null (belfry_http_publish_parse (body, MAX_PAYLOAD, MAX_ITEMS, &is_list, &zero));
  g_assert_error (zero, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
}

/* Nesting has an end. */
static void
test_deep_body (void)
{
  g_autoptr (GString) text = g_string_new ("{\"topic\":\"a\",\"data\":");
  g_autoptr (GError) error = NULL;
  gboolean is_list;

  for (int i = 0; i < 100000; i++)
    g_string_append_c (text, '[');
  g_assert_null (parse (text->str, &is_list, &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == BELFRY_ERROR);
  g_assert_true (belfry_error_is_client_fault (error));
}

#define B64(data) "{\"topic\":\"a\",\"encoding\":\"base64\",\"data\":" data "}"

#define TEXT(data) "{\"topic\":\"a\",\"encoding\":\"text\",\"data\":" data "}"

static const BadCase bad_items[] = {
  { "nothing in it", "{}", BELFRY_ERROR_BAD_REQUEST },
  { "no topic", "{\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "no data", "{\"topic\":\"a\"}", BELFRY_ERROR_BAD_REQUEST },
  { "topic is a number", "{\"topic\":1,\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "topic is null", "{\"topic\":null,\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "topic is a list", "{\"topic\":[\"a\"],\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "topic has U+0000", "{\"topic\":\"a\\u0000b\",\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "key is a number", "{\"topic\":\"a\",\"data\":1,\"idempotency_key\":1}",
    BELFRY_ERROR_BAD_REQUEST },
  { "key is null", "{\"topic\":\"a\",\"data\":1,\"idempotency_key\":null}",
    BELFRY_ERROR_BAD_REQUEST },
  { "key has U+0000", "{\"topic\":\"a\",\"data\":1,\"idempotency_key\":\"\\u0000\"}",
    BELFRY_ERROR_BAD_REQUEST },
  { "unknown member", "{\"topic\":\"a\",\"data\":1,\"retain\":true}", BELFRY_ERROR_BAD_REQUEST },
  { "member in capitals", "{\"Topic\":\"a\",\"data\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "member without a name", "{\"topic\":\"a\",\"data\":1,\"\":1}", BELFRY_ERROR_BAD_REQUEST },
  { "unknown encoding", "{\"topic\":\"a\",\"data\":\"\",\"encoding\":\"hex\"}",
    BELFRY_ERROR_BAD_REQUEST },
  { "encoding is null", "{\"topic\":\"a\",\"data\":\"\",\"encoding\":null}",
    BELFRY_ERROR_BAD_REQUEST },
  { "base64 of a number", B64 ("1234"), BELFRY_ERROR_BAD_REQUEST },
  { "base64 of an object", B64 ("{}"), BELFRY_ERROR_BAD_REQUEST },
  { "base64 cut off", B64 ("\"Zm9\""), BELFRY_ERROR_BAD_REQUEST },
  { "base64 with a space", B64 ("\"Zm9 \""), BELFRY_ERROR_BAD_REQUEST },
  { "base64 with a line break", B64 ("\"Zm9v\\nZm9\""), BELFRY_ERROR_BAD_REQUEST },
  { "base64 for addresses", B64 ("\"-_8=\""), BELFRY_ERROR_BAD_REQUEST },
  { "base64 with U+0000", B64 ("\"Zm9v\\u0000\""), BELFRY_ERROR_BAD_REQUEST },
  { "padding in the middle", B64 ("\"Zg==Zg==\""), BELFRY_ERROR_BAD_REQUEST },
  { "padding at the start", B64 ("\"=Zm9\""), BELFRY_ERROR_BAD_REQUEST },
  { "padding within the last letters", B64 ("\"Zm=v\""), BELFRY_ERROR_BAD_REQUEST },
  { "too much padding", B64 ("\"Z===\""), BELFRY_ERROR_BAD_REQUEST },
  { "nothing but padding", B64 ("\"====\""), BELFRY_ERROR_BAD_REQUEST },
  { "text of a number", TEXT ("1"), BELFRY_ERROR_BAD_REQUEST },
  { "text of a list", TEXT ("[\"a\"]"), BELFRY_ERROR_BAD_REQUEST },
  { "text too large by a byte", TEXT ("\"0123456789abcdefg\""), BELFRY_ERROR_TOO_LARGE },
  { "data too large by a byte", "{\"topic\":\"a\",\"data\":\"0123456789abcde\"}",
    BELFRY_ERROR_TOO_LARGE },
  { "base64 too large by a byte", B64 ("\"AAAAAAAAAAAAAAAAAAAAAAA=\""), BELFRY_ERROR_TOO_LARGE },
};

/* What is wrong with an item is told of this item, and nothing of it can be published. */
static void
test_bad_items (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_items); i++)
    {
      g_test_message ("%s", bad_items[i].defect);
      g_autoptr (BelfryHttpItem) item = parse_one (bad_items[i].body);

      g_assert_error (item->error, BELFRY_ERROR, bad_items[i].code);
    }
}

static BelfryHttpItem *
parse_long (const char *name, gsize length)
{
  g_autofree char *letters = g_strnfill (length, 'x');
  g_autofree char *body =
      g_strdup_printf ("{\"topic\":\"a\",\"data\":1,\"%s\":\"%s\"}", name, letters);

  return parse_one (body);
}

/* Topics and keys are taken up to their limits, and not a byte more. */
static void
test_lengths (void)
{
  g_autoptr (BelfryHttpItem) topic = parse_long ("topic", 255);
  g_autoptr (BelfryHttpItem) long_topic = parse_long ("topic", 256);
  g_autoptr (BelfryHttpItem) key = parse_long ("idempotency_key", 128);
  g_autoptr (BelfryHttpItem) long_key = parse_long ("idempotency_key", 129);

  g_assert_no_error (topic->error);
  g_assert_cmpuint (strlen (topic->topic), ==, 255);
  g_assert_error (long_topic->error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
  g_assert_no_error (key->error);
  g_assert_cmpuint (strlen (key->key), ==, 128);
  g_assert_error (long_key->error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
}

/* A list keeps its order, and one bad item spoils no other. */
static void
test_list (void)
{
  g_autoptr (GError) error = NULL;
  gboolean is_list = FALSE;
  g_autoptr (GPtrArray) items =
      parse ("[{\"topic\":\"a\",\"data\":1},[],{\"topic\":\"b\",\"data\":2}]", &is_list, &error);

  g_assert_no_error (error);
  g_assert_true (is_list);
  g_assert_cmpuint (items->len, ==, 3);
  const BelfryHttpItem *first = items->pdata[0];
  const BelfryHttpItem *second = items->pdata[1];
  const BelfryHttpItem *third = items->pdata[2];
  g_assert_no_error (first->error);
  g_assert_cmpstr (first->topic, ==, "a");
  g_assert_error (second->error, BELFRY_ERROR, BELFRY_ERROR_BAD_REQUEST);
  g_assert_null (second->topic);
  g_assert_no_error (third->error);
  g_assert_cmpstr (third->topic, ==, "b");
}

/* A list of nothing is a list; a list of one is, too. */
static void
test_short_lists (void)
{
  gboolean is_list = FALSE;
  g_autoptr (GPtrArray) none = parse ("[]", &is_list, NULL);
  g_assert_true (is_list);
  g_assert_cmpuint (none->len, ==, 0);
  is_list = FALSE;
  g_autoptr (GPtrArray) one = parse ("[{\"topic\":\"a\",\"data\":1}]", &is_list, NULL);
  g_assert_true (is_list);
  g_assert_cmpuint (one->len, ==, 1);
}

/* What became of an item says where it stands, or why it is nowhere. */
static void
test_write (void)
{
  BelfryHttpItem item = { .topic = (char *) "a\"b" };

  assert_written (&item, "{\"topic\":\"a\\\"b\"}");
  item.position = (BelfryPosition){ .epoch = 1, .offset = G_MAXINT64 };
  assert_written (&item, "{\"topic\":\"a\\\"b\",\"offset\":9223372036854775807,"
                         "\"epoch\":\"0000000000000001\"}");
}

/* A reason that stays inside is not written; nor is there a place beside an error. */
static void
test_write_errors (void)
{
  g_autoptr (GError) visible =
      g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "not \"you\"");
  g_autoptr (GError) inside = g_error_new_literal (BELFRY_ERROR, BELFRY_ERROR_SYSTEM, "secret");
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, 0, "secret");
  BelfryHttpItem item = { .position = { 1, 1 }, .error = visible };

  assert_written (&item, "{\"error\":{\"code\":\"forbidden\",\"detail\":\"not \\\"you\\\"\"}}");
  item.topic = (char *) "a";
  item.error = inside;
  assert_written (&item, "{\"topic\":\"a\",\"error\":{\"code\":\"internal\"}}");
  item.error = foreign;
  assert_written (&item, "{\"topic\":\"a\",\"error\":{\"code\":\"internal\"}}");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/http-publish/whole-item", test_whole_item);
  belfry_test_add ("/http-publish/json-data", test_json_data);
  belfry_test_add ("/http-publish/base64-data", test_base64_data);
  belfry_test_add ("/http-publish/text-data", test_text_data);
  belfry_test_add ("/http-publish/empty-data", test_empty_data);
  belfry_test_add ("/http-publish/twice", test_twice);
  belfry_test_add ("/http-publish/bad-bodies", test_bad_bodies);
  belfry_test_add ("/http-publish/odd-bodies", test_odd_bodies);
  belfry_test_add ("/http-publish/deep-body", test_deep_body);
  belfry_test_add ("/http-publish/bad-items", test_bad_items);
  belfry_test_add ("/http-publish/lengths", test_lengths);
  belfry_test_add ("/http-publish/list", test_list);
  belfry_test_add ("/http-publish/short-lists", test_short_lists);
  belfry_test_add ("/http-publish/write", test_write);
  belfry_test_add ("/http-publish/write-errors", test_write_errors);
  return g_test_run ();
}
