/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-jwt-text.h"

#include <string.h>

#include "belfry-jwt-json.h"
#include "belfry-jwt-token.h"
#include "belfry-test-jwt.h"
#include "belfry-test.h"

typedef struct
{
  const char *text;
  const char *bytes;
} Base64Case;

static const Base64Case base64_cases[] = {
  { "", "" },           { "Zg", "f" },          { "Zm8", "fo" },          { "Zm9v", "foo" },
  { "Zm9vYg", "foob" }, { "Zm9vYmE", "fooba" }, { "Zm9vYmFy", "foobar" }, { "_-8", "\xff\xef" },
};

/* base64url without padding means the bytes of RFC 4648. */
static void
test_base64 (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (base64_cases); i++)
    {
      const Base64Case *row = &base64_cases[i];
      gsize length = 4711;
      g_autofree char *bytes = belfry_jwt_base64url_decode (row->text, strlen (row->text), &length);

      g_test_message ("%s", row->text);
      g_assert_cmpmem (bytes, (int) length, row->bytes, (int) strlen (row->bytes));
      g_assert_cmpint (bytes[length], ==, '\0');
    }
}

/* Every byte comes back as it was, at every length. */
static void
test_base64_round (void)
{
  guint8 bytes[256];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) (255 - i);
  for (gsize n = 0; n <= sizeof bytes; n++)
    {
      g_autofree char *text = belfry_test_jwt_encode (bytes, n);
      gsize length = 0;
      g_autofree char *back = belfry_jwt_base64url_decode (text, strlen (text), &length);

      g_assert_cmpmem (back, (int) length, bytes, (int) n);
    }
}

typedef struct
{
  const char *what;
  const char *text;
} BadCase;

static const BadCase bad_base64[] = {
  { "one character over", "Zm9vY" },
  { "padding", "Zg==" },
  { "padding in place of text", "Zg=a" },
  { "bits left over after one byte", "Zh" },
  { "bits left over after two bytes", "Zm9" },
  { "the other alphabet: plus", "+-8" },
  { "the other alphabet: slash", "/-8" },
  { "a space", "Zm 9" },
  { "a line break", "Zm9v\n" },
  { "a letter beyond ASCII", "Zm\xc3\xa4" },
};

/* There is one way to write bytes, or else two readers could see two tokens. */
static void
test_bad_base64 (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_base64); i++)
    {
      const char *text = bad_base64[i].text;
      gsize length = 0;

      g_test_message ("%s", bad_base64[i].what);
      g_assert_null (belfry_jwt_base64url_decode (text, strlen (text), &length));
    }
}

static BelfryJwtFault
read_json (const char *text, gsize length)
{
  BelfryJwtFault fault = BELFRY_JWT_FAULT_NONE;
  g_autoptr (json_t) object = belfry_jwt_json_object_read (text, length, &fault);

  g_assert_true ((object != NULL) == (fault == BELFRY_JWT_FAULT_NONE));
  return fault;
}

static const char *const good_json[] = {
  "{}",
  " {\"a\" : [1, -2.5e+3, true, false, null, \"x\"]}\n",
  "{\"a\":{\"b\":1},\"b\":{\"b\":1,\"b\":2}}",
  "{\"a\":\"{[:,'/*\\\"\\\\\"}",
  "{\"\\u00e4\":\"\\ud83d\\udd14\"}",
  "{\"a\":\"\xc3\xa4\"}",
  "{\"a\":9223372036854775807,\"b\":-9223372036854775808}",
  "{\"a\":18446744073709551616.5,\"b\":18446744073709551616e0}",
};

/* Objects are read, with brackets and colons in strings as text. */
static void
test_json (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good_json); i++)
    {
      g_test_message ("%s", good_json[i]);
      g_assert_cmpint (read_json (good_json[i], strlen (good_json[i])), ==, BELFRY_JWT_FAULT_NONE);
    }
}

static const BadCase bad_json[] = {
  { "nothing", "" },
  { "an array", "[1]" },
  { "a string", "\"a\"" },
  { "cut", "{\"a\":1" },
  { "cut in a string", "{\"a" },
  { "cut in an escape", "{\"a\\" },
  { "a bracket too many", "{\"a\":1}}" },
  { "a bracket before all", "}{\"a\":1}" },
  { "a comment that hides a quote", "{/*\"*/\"a\":1}" },
  { "a comment to the end of the line", "{\"a\":1}//" },
  { "single quotes", "{'a':1}" },
  { "an assignment", "var x = {\"a\":1}" },
  { "a control character in a string", "{\"a\":\"\n\"}" },
  { "an unknown escape", "{\"a\":\"\\q\"}" },
  { "an escape that is cut", "{\"a\":\"\\u12\"}" },
  { "an empty element", "[1,,2]" },
  { "an empty element in an object's array", "{\"a\":[1,,2]}" },
  { "a comma at the end", "{\"a\":1,}" },
  { "no comma", "{\"a\":1 \"b\":2}" },
  { "no colon", "{\"a\" 1}" },
  { "no value", "{\"a\":}" },
  { "no name", "{1:2}" },
  { "brackets that do not match", "{\"a\":[1}]" },
  { "an octal number", "{\"a\":01}" },
  { "a number without digits", "{\"a\":-}" },
  { "a point without digits", "{\"a\":1.}" },
  { "an exponent without digits", "{\"a\":1e+}" },
  { "a hexadecimal number", "{\"a\":0x1}" },
  { "a number beyond 63 bits", "{\"a\":9223372036854775808}" },
  { "a negative number beyond 63 bits", "{\"a\":[-9223372036854775809]}" },
  { "a number beyond 64 bits", "{\"a\":18446744073709551616}" },
  { "a literal that is cut", "{\"a\":tru}" },
  { "a literal that goes on", "{\"a\":truefalse}" },
  { "an object behind the object", "{\"a\":1}{\"a\":1}" },
  { "a text behind the object", "{\"a\":1} x" },
  { "no UTF-8", "{\"a\":\"\xff\"}" },
  { "an overlong character", "{\"a\":\"\xc0\xaf\"}" },
};

/* What is not exactly an object is refused, other readers' leniencies included. */
static void
test_bad_json (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_json); i++)
    {
      g_test_message ("%s", bad_json[i].what);
      g_assert_cmpint (read_json (bad_json[i].text, strlen (bad_json[i].text)), ==,
                       BELFRY_JWT_FAULT_JSON);
    }
  g_assert_cmpint (read_json ("{}\0", 3), ==, BELFRY_JWT_FAULT_JSON);
}

static const BadCase duplicates[] = {
  { "the same", "{\"a\":1,\"a\":1}" },
  { "one that is escaped", "{\"a\":1,\"\\u0061\":2}" },
  { "far apart", "{\"sub\":\"a\",\"x\":{\"y\":1},\"sub\":\"b\"}" },
};

/* A name that is there twice means one thing to one reader and another to the next. */
static void
test_duplicates (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (duplicates); i++)
    {
      g_test_message ("%s", duplicates[i].what);
      g_assert_cmpint (read_json (duplicates[i].text, strlen (duplicates[i].text)), ==,
                       BELFRY_JWT_FAULT_DUPLICATE);
    }
}

static BelfryJwtFault
read_nested (guint depth, char open, char close)
{
  g_autoptr (GString) text = g_string_new ("{\"a\":");

  for (guint i = 1; i < depth; i++)
    g_string_append_printf (text, "%s%c", open == '{' && i > 1 ? "\"a\":" : "", open);
  for (guint i = 1; i < depth; i++)
    g_string_append_c (text, close);
  g_string_append_c (text, '}');
  return read_json (text->str, text->len);
}

/* The recursive parser never sees what is nested deeper than the bound. */
static void
test_depth (void)
{
  g_assert_cmpint (read_nested (BELFRY_JWT_MAX_DEPTH, '[', ']'), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (read_nested (BELFRY_JWT_MAX_DEPTH, '{', '}'), ==, BELFRY_JWT_FAULT_NONE);
  g_assert_cmpint (read_nested (BELFRY_JWT_MAX_DEPTH + 1, '[', ']'), ==, BELFRY_JWT_FAULT_JSON);
  g_assert_cmpint (read_nested (BELFRY_JWT_MAX_DEPTH + 1, '{', '}'), ==, BELFRY_JWT_FAULT_JSON);
  g_assert_cmpint (read_nested (1000000, '[', ']'), ==, BELFRY_JWT_FAULT_JSON);
}

/* A name is short, on one line, and UTF-8. */
static void
test_names (void)
{
  g_autofree char *longest = g_strnfill (BELFRY_JWT_MAX_NAME, 'x');
  g_autofree char *longer = g_strnfill (BELFRY_JWT_MAX_NAME + 1, 'x');

  g_assert_true (belfry_jwt_is_name ("a"));
  g_assert_true (belfry_jwt_is_name ("\xc3\xa4 b"));
  g_assert_true (belfry_jwt_is_name (longest));
  g_assert_false (belfry_jwt_is_name (longer));
  g_assert_false (belfry_jwt_is_name (NULL));
  g_assert_false (belfry_jwt_is_name (""));
  g_assert_false (belfry_jwt_is_name ("a\nb"));
  g_assert_false (belfry_jwt_is_name ("a\x7f"));
  g_assert_false (belfry_jwt_is_name ("a\xc2\x85"));
  g_assert_false (belfry_jwt_is_name ("a\xff"));
}

/* Every fault has a phrase of its own. */
static void
test_faults (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint fault = 0; fault < BELFRY_JWT_N_FAULTS; fault++)
    g_assert_true (
        g_hash_table_add (seen, (char *) belfry_jwt_fault_text ((BelfryJwtFault) fault)));
}

typedef struct
{
  const char *what;
  const char *header;
  BelfryJwtFault fault;
} HeaderCase;

static const HeaderCase headers[] = {
  { "the least", "{\"alg\":\"HS256\"}", BELFRY_JWT_FAULT_NONE },
  { "a type in lower case", "{\"alg\":\"HS256\",\"typ\":\"jwt\"}", BELFRY_JWT_FAULT_NONE },
  { "an access token", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", BELFRY_JWT_FAULT_NONE },
  { "an access token, capital", "{\"alg\":\"HS256\",\"typ\":\"AT+JWT\"}", BELFRY_JWT_FAULT_NONE },
  { "an access token in full", "{\"alg\":\"HS256\",\"typ\":\"Application/at+jwt\"}",
    BELFRY_JWT_FAULT_NONE },
  { "what nobody asked for", "{\"alg\":\"HS256\",\"x\":[1],\"x5t\":\"a\"}", BELFRY_JWT_FAULT_NONE },
  { "no algorithm", "{\"typ\":\"JWT\"}", BELFRY_JWT_FAULT_HEADER },
  { "an algorithm that is no text", "{\"alg\":256}", BELFRY_JWT_FAULT_HEADER },
  { "a kid that is no text", "{\"alg\":\"HS256\",\"kid\":7}", BELFRY_JWT_FAULT_HEADER },
  { "a null kid", "{\"alg\":\"HS256\",\"kid\":null}", BELFRY_JWT_FAULT_HEADER },
  { "a type that is no text", "{\"alg\":\"HS256\",\"typ\":1}", BELFRY_JWT_FAULT_HEADER },
  { "another type", "{\"alg\":\"HS256\",\"typ\":\"JOSE\"}", BELFRY_JWT_FAULT_TYPE },
  { "a type for logging out", "{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}", BELFRY_JWT_FAULT_TYPE },
  { "more than a type", "{\"alg\":\"HS256\",\"typ\":\"at+jwt \"}", BELFRY_JWT_FAULT_TYPE },
  { "an empty type", "{\"alg\":\"HS256\",\"typ\":\"\"}", BELFRY_JWT_FAULT_TYPE },
  { "a type with a NUL", "{\"alg\":\"HS256\",\"typ\":\"at+jwt\\u0000x\"}", BELFRY_JWT_FAULT_JSON },
  { "half a pair", "{\"alg\":\"HS256\",\"x\":\"\\ud800\"}", BELFRY_JWT_FAULT_JSON },
  { "half a pair and a letter", "{\"alg\":\"HS256\",\"x\":\"\\ud800\\u0041\"}",
    BELFRY_JWT_FAULT_JSON },
  { "the wrong half first", "{\"alg\":\"HS256\",\"x\":\"\\udc00\\ud800\"}", BELFRY_JWT_FAULT_JSON },
  { "a whole pair", "{\"alg\":\"HS256\",\"x\":\"\\ud83d\\ude00\"}", BELFRY_JWT_FAULT_NONE },
  { "no signature", "{\"alg\":\"none\"}", BELFRY_JWT_FAULT_ALGORITHM },
  { "no signature, capital", "{\"alg\":\"None\"}", BELFRY_JWT_FAULT_ALGORITHM },
  { "no signature, mixed", "{\"alg\":\"nOnE\"}", BELFRY_JWT_FAULT_ALGORITHM },
  { "an algorithm in lower case", "{\"alg\":\"hs256\"}", BELFRY_JWT_FAULT_ALGORITHM },
  { "an algorithm that is not ours", "{\"alg\":\"PS256\"}", BELFRY_JWT_FAULT_ALGORITHM },
  { "an empty algorithm", "{\"alg\":\"\"}", BELFRY_JWT_FAULT_ALGORITHM },
  { "what must be understood", "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}",
    BELFRY_JWT_FAULT_CRITICAL },
  { "an unencoded payload", "{\"alg\":\"HS256\",\"b64\":false}", BELFRY_JWT_FAULT_CRITICAL },
  { "two algorithms", "{\"alg\":\"none\",\"alg\":\"HS256\"}", BELFRY_JWT_FAULT_DUPLICATE },
  { "no object", "[\"HS256\"]", BELFRY_JWT_FAULT_JSON },
};

/* A header is read by the letter. */
static void
test_headers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_autofree char *text = belfry_test_jwt_sign ("HS256", NULL, BELFRY_TEST_JWT_SECRET,
                                                    headers[i].header, "{\"sub\":\"a\"}");
      BelfryJwtFault fault;
      g_autoptr (BelfryJwtToken) token = belfry_jwt_token_read (text, &fault);

      g_test_message ("%s", headers[i].what);
      g_assert_cmpint (fault, ==, headers[i].fault);
      g_assert_true ((token != NULL) == (fault == BELFRY_JWT_FAULT_NONE));
    }
}

typedef struct
{
  const char *what;
  const char *text;
  BelfryJwtFault fault;
} FormCase;

#define HEADER "eyJhbGciOiJIUzI1NiJ9"
#define CLAIMS "eyJzdWIiOiJhIn0"
#define SIGNATURE "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const FormCase forms[] = {
  { "a good form", HEADER "." CLAIMS "." SIGNATURE, BELFRY_JWT_FAULT_NONE },
  { "nothing", "", BELFRY_JWT_FAULT_SEGMENTS },
  { "dots", "..", BELFRY_JWT_FAULT_SEGMENTS },
  { "one part", HEADER, BELFRY_JWT_FAULT_SEGMENTS },
  { "two parts", HEADER "." CLAIMS, BELFRY_JWT_FAULT_SEGMENTS },
  { "a signature that is gone", HEADER "." CLAIMS ".", BELFRY_JWT_FAULT_SEGMENTS },
  { "claims that are gone", HEADER ".." SIGNATURE, BELFRY_JWT_FAULT_SEGMENTS },
  { "a fourth part", HEADER "." CLAIMS "." SIGNATURE "." SIGNATURE, BELFRY_JWT_FAULT_SEGMENTS },
  { "an empty fourth part", HEADER "." CLAIMS "." SIGNATURE ".", BELFRY_JWT_FAULT_SEGMENTS },
  { "five parts", HEADER ".a.b.c.d", BELFRY_JWT_FAULT_SEGMENTS },
  { "padding", HEADER "." CLAIMS "=." SIGNATURE, BELFRY_JWT_FAULT_BASE64 },
  { "a space before", " " HEADER "." CLAIMS "." SIGNATURE, BELFRY_JWT_FAULT_BASE64 },
  { "a line break behind", HEADER "." CLAIMS "." SIGNATURE "\n", BELFRY_JWT_FAULT_BASE64 },
  { "bits left over in the signature",
    HEADER "." CLAIMS ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", BELFRY_JWT_FAULT_BASE64 },
  { "a signature that is short", HEADER "." CLAIMS ".AAAA", BELFRY_JWT_FAULT_SIGNATURE },
  { "a signature that is long", HEADER "." CLAIMS "." SIGNATURE "AAAAA",
    BELFRY_JWT_FAULT_SIGNATURE },
  { "claims that are an array", HEADER ".W10." SIGNATURE, BELFRY_JWT_FAULT_JSON },
};

/* A token has three parts, each in base64url, and nothing around them. */
static void
test_forms (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      BelfryJwtFault fault;
      g_autoptr (BelfryJwtToken) token = belfry_jwt_token_read (forms[i].text, &fault);

      g_test_message ("%s", forms[i].what);
      g_assert_cmpint (fault, ==, forms[i].fault);
      g_assert_true ((token != NULL) == (fault == BELFRY_JWT_FAULT_NONE));
    }
}

/* A token of 8 KiB is read, one of a byte more is not looked at. */
static void
test_length (void)
{
  g_autofree char *padding = g_strnfill (6000, 'x');
  g_autofree char *claims = g_strdup_printf ("{\"sub\":\"a\",\"x\":\"%s\"}", padding);
  g_autofree char *text = belfry_test_jwt_hs256 (claims);
  g_autofree char *longest = g_strnfill (BELFRY_JWT_MAX_TOKEN, 'A');
  g_autofree char *longer = g_strnfill (BELFRY_JWT_MAX_TOKEN + 1, 'A');
  BelfryJwtFault fault;
  g_autoptr (BelfryJwtToken) token = belfry_jwt_token_read (text, &fault);

  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_NONE);
  g_assert_nonnull (token);
  g_assert_null (belfry_jwt_token_read (longest, &fault));
  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_SEGMENTS);
  g_assert_null (belfry_jwt_token_read (longer, &fault));
  g_assert_cmpint (fault, ==, BELFRY_JWT_FAULT_LENGTH);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/plugin-jwt-text/base64", test_base64);
  belfry_test_add ("/plugin-jwt-text/base64-round", test_base64_round);
  belfry_test_add ("/plugin-jwt-text/bad-base64", test_bad_base64);
  belfry_test_add ("/plugin-jwt-text/json", test_json);
  belfry_test_add ("/plugin-jwt-text/bad-json", test_bad_json);
  belfry_test_add ("/plugin-jwt-text/duplicates", test_duplicates);
  belfry_test_add ("/plugin-jwt-text/depth", test_depth);
  belfry_test_add ("/plugin-jwt-text/names", test_names);
  belfry_test_add ("/plugin-jwt-text/faults", test_faults);
  belfry_test_add ("/plugin-jwt-text/headers", test_headers);
  belfry_test_add ("/plugin-jwt-text/forms", test_forms);
  belfry_test_add ("/plugin-jwt-text/length", test_length);
  return g_test_run ();
}
