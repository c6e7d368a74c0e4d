/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-webhook"

#include "config.h"

#include "belfry-webhook-json.h"

#include <belfry/belfry.h>
#include <string.h>

/* json-glib's parser behind a check of what it takes on trust: that the text is UTF-8, does not
 * nest deeper than its stack, and has only JSON's escapes in its strings, and no NUL. It also takes
 * comments and single quotes, in which brackets could hide from that check; so what is in no JSON
 * is refused before. */

#define OUTSIDE_STRINGS " \t\r\n{}[],:+-.0123456789Eaeflnrstu"

/* Those of JSON; json-glib takes octal ones as well. */
#define ESCAPES "\"\\/bfnrtu"
/* It would end the string in C: a name that a user chose could become another one's. */
#define NUL "u0000"

static gboolean
is_escape (const char *text, gsize length)
{
  if (length == 0 || strchr (ESCAPES, *text) == NULL)
    return FALSE;
  return length < strlen (NUL) || memcmp (text, NUL, strlen (NUL)) != 0;
}

/* @at: where its first quote is; on return, where its last one is */
static gboolean
skip_string (const char *text, gsize length, gsize *at)
{
  gsize i = *at + 1;

  for (; i < length && text[i] != '"'; i++)
    {
      if (text[i] != '\\')
        continue;
      i++;
      if (!is_escape (text + i, length - i))
        return FALSE;
    }
  *at = i;
  return TRUE;
}

/* json-glib makes -1 of a whole number that is too large: all who have one would have the same.
 *
 * Returns: the length of the number that begins the text; 0 if it is too large */
static gsize
skip_number (const char *text, gsize length)
{
  static const char largest[] = "9223372036854775807";
  const gsize most = sizeof largest - 1;
  gsize n = 0;
  gboolean is_whole = TRUE;

  for (; n < length && (g_ascii_isdigit (text[n]) || strchr (".eE+-", text[n]) != NULL); n++)
    is_whole = is_whole && g_ascii_isdigit (text[n]);
  if (is_whole && (n > most || (n == most && memcmp (text, largest, most) > 0)))
    return 0;
  return n;
}

static const char *
find_fault (const char *text, gsize length, guint max_depth)
{
  guint depth = 0;

  for (gsize at = 0; at < length; at++)
    {
      if (text[at] == '"')
        {
          if (!skip_string (text, length, &at))
            return "the answer has a string with a NUL, or an escape that is none";
        }
      else if (strchr (OUTSIDE_STRINGS, text[at]) == NULL)
        return "the answer is not JSON";
      else if (g_ascii_isdigit (text[at]))
        {
          gsize n = skip_number (text + at, length - at);

          if (n == 0)
            return "the answer has a number that is too large";
          at += n - 1;
        }
      else if (text[at] == '[' || text[at] == '{')
        {
          if (++depth > max_depth)
            return "the answer nests too deep";
        }
      else if ((text[at] == ']' || text[at] == '}') && depth > 0)
        depth--;
    }
  return NULL;
}

static JsonObject *
fail (GError **error, const char *message)
{
  g_set_error_literal (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_FAILED, message);
  return NULL;
}

JsonObject *
belfry_webhook_json_parse (GBytes *content, guint max_depth, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize length;
  const char *text = g_bytes_get_data (content, &length);

  if (length == 0)
    return fail (error, "the answer is empty");
  if (!g_utf8_validate_len (text, length, NULL))
    return fail (error, "the answer is not UTF-8 text");
  const char *fault = find_fault (text, length, max_depth);
  if (fault != NULL)
    return fail (error, fault);
  if (!json_parser_load_from_data (parser, text, (gssize) length, NULL))
    return fail (error, "the answer is not JSON");
  JsonNode *root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return fail (error, "the answer is not a JSON object");
  return json_object_ref (json_node_get_object (root));
}
