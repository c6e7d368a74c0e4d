/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-request-head"

#include "config.h"

#include "belfry-request-head.h"

#include <string.h>

/* RFC 9112 without what it allows servers to forgive: no line without CR, no folded field, no blank
 * before a colon, no length that is given twice, nothing that is sent in two ways at once. A pure
 * function over bytes, a line at a time; the library behind it parses the same bytes once more. */

#define OK BELFRY_REQUEST_HEAD_MORE

#define BAD_REQUEST 400
#define LENGTH_REQUIRED 411
#define BODY_TOO_LARGE 413
#define TARGET_TOO_LONG 414
#define EXPECTATION_FAILED 417
#define HEAD_TOO_LARGE 431
#define NOT_IMPLEMENTED 501
#define VERSION_NOT_SUPPORTED 505

/* As long as the name that it replaces, and known to nobody. */
#define EXPECT "Expect"
#define SETTLED "X-None"

/* No length has more digits that fits into 63 bits. */
#define MAX_DIGITS 18
#define MAX_METHOD 32

typedef struct
{
  const char *text; /* (unowned) */
  gsize length;
} Span;

static gboolean
is_token (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`|~", c) != NULL);
}

static gboolean
span_is (Span span, const char *text)
{
  return span.length == strlen (text) && g_ascii_strncasecmp (span.text, text, span.length) == 0;
}

static gsize
count_token (Span line)
{
  gsize n = 0;

  while (n < line.length && is_token (line.text[n]))
    n++;
  return n;
}

/* Printable ASCII without blanks; anything else must be escaped. */
static gsize
count_target (Span line)
{
  gsize n = 0;

  while (n < line.length && line.text[n] > ' ' && line.text[n] < '\x7f')
    n++;
  return n;
}

static guint
check_version (BelfryRequestHead *self, Span version)
{
  if (version.length != strlen ("HTTP/1.1") || strncmp (version.text, "HTTP/", 5) != 0 ||
      !g_ascii_isdigit (version.text[5]) || version.text[6] != '.' ||
      !g_ascii_isdigit (version.text[7]))
    return BAD_REQUEST;
  if (version.text[5] != '1')
    return VERSION_NOT_SUPPORTED;
  self->minor = version.text[7] == '0' ? 0 : 1;
  return OK;
}

static guint
check_request_line (BelfryRequestHead *self, Span line)
{
  gsize method = count_token (line);

  if (method == 0 || method > MAX_METHOD || method == line.length || line.text[method] != ' ')
    return BAD_REQUEST;

  Span rest = { line.text + method + 1, line.length - method - 1 };
  gsize target = count_target (rest);

  if (target == 0 || target == rest.length || rest.text[target] != ' ')
    return BAD_REQUEST;
  if (target > BELFRY_REQUEST_HEAD_MAX_TARGET)
    return TARGET_TOO_LONG;
  const char *query = memchr (rest.text, '?', target);
  self->path = method + 1;
  self->path_length = query != NULL ? (gsize) (query - rest.text) : target;
  return check_version (self, (Span){ rest.text + target + 1, rest.length - target - 1 });
}

/* One host: a list, a user or a path would be taken for different hosts by different readers. */
static guint
check_host (BelfryRequestHead *self, Span value)
{
  if (self->has_host)
    return BAD_REQUEST;
  self->has_host = TRUE;
  for (gsize i = 0; i < value.length; i++)
    {
      if (!g_ascii_isalnum (value.text[i]) && strchr ("-._~:[]%", value.text[i]) == NULL)
        return BAD_REQUEST;
    }
  return OK;
}

static guint
check_content_length (BelfryRequestHead *self, Span value)
{
  if (self->has_length || value.length == 0)
    return BAD_REQUEST;
  self->has_length = TRUE;
  for (gsize i = 0; i < value.length; i++)
    {
      if (!g_ascii_isdigit (value.text[i]))
        return BAD_REQUEST;
      if (i < MAX_DIGITS)
        self->content_length = self->content_length * 10 + (guint64) (value.text[i] - '0');
    }
  return value.length > MAX_DIGITS ? BODY_TOO_LARGE : OK;
}

static guint
check_transfer_encoding (BelfryRequestHead *self, Span value)
{
  if (self->is_chunked)
    return BAD_REQUEST;
  self->is_chunked = TRUE;
  return span_is (value, "chunked") ? OK : NOT_IMPLEMENTED;
}

/* HTTP/1.0 has no such thing, and may not be answered so. */
static guint
check_expect (BelfryRequestHead *self, Span value)
{
  if (self->expects_continue)
    return BAD_REQUEST;
  self->expects_continue = self->minor > 0;
  self->expect = self->line;
  return span_is (value, "100-continue") ? OK : EXPECTATION_FAILED;
}

static const struct
{
  const char *name; /* (unowned) */
  guint (*check) (BelfryRequestHead *self, Span value);
} fields[] = {
  { "Host", check_host },
  { "Content-Length", check_content_length },
  { "Transfer-Encoding", check_transfer_encoding },
  { EXPECT, check_expect },
};

/* Blanks around a value are not part of it; control characters are in no value. */
static guint
check_value (Span *value)
{
  for (gsize i = 0; i < value->length; i++)
    {
      if (value->text[i] != '\t' && g_ascii_iscntrl (value->text[i]))
        return BAD_REQUEST;
    }
  while (value->length > 0 && g_ascii_isspace (value->text[value->length - 1]))
    value->length--;
  while (value->length > 0 && g_ascii_isspace (*value->text))
    {
      value->text++;
      value->length--;
    }
  return OK;
}

static guint
check_field (BelfryRequestHead *self, Span line)
{
  gsize n = count_token (line);

  if (n == 0 || n == line.length || line.text[n] != ':')
    return BAD_REQUEST;

  Span name = { line.text, n };
  Span value = { line.text + n + 1, line.length - n - 1 };
  guint status = check_value (&value);

  for (gsize i = 0; status == OK && i < G_N_ELEMENTS (fields); i++)
    {
      if (span_is (name, fields[i].name))
        status = fields[i].check (self, value);
    }
  return status;
}

static guint
check_whole (const BelfryRequestHead *self, const char *bytes, const BelfryBodyRule *rule)
{
  if (self->minor >= 1 && !self->has_host)
    return BAD_REQUEST;
  if (self->is_chunked)
    return self->has_length || self->minor == 0 ? BAD_REQUEST : LENGTH_REQUIRED;
  if (self->content_length == 0)
    return BELFRY_REQUEST_HEAD_COMPLETE;
  if (rule == NULL ||
      self->content_length > rule->max_body (bytes + self->path, self->path_length, rule->data))
    return BODY_TOO_LARGE;
  return BELFRY_REQUEST_HEAD_COMPLETE;
}

/* @line is without its CR and LF. */
static guint
check_line (BelfryRequestHead *self, const char *bytes, Span line, const BelfryBodyRule *rule)
{
  if (self->n_lines++ == 0)
    return check_request_line (self, line);
  if (line.length == 0)
    {
      self->length = self->seen;
      return check_whole (self, bytes, rule);
    }
  return self->n_lines > BELFRY_REQUEST_HEAD_MAX_FIELDS + 1 ? HEAD_TOO_LARGE
                                                            : check_field (self, line);
}

/* @end is where the LF is. */
static guint
end_line (BelfryRequestHead *self, const char *bytes, gsize end, const BelfryBodyRule *rule)
{
  Span line = { bytes + self->line, end - self->line };

  self->seen = end + 1;
  if (line.length == 0 || line.text[line.length - 1] != '\r')
    return BAD_REQUEST;
  line.length--;
  guint status = check_line (self, bytes, line, rule);
  self->line = end + 1;
  return status;
}

/* What begins as no request does will not become one: no need to wait for the line's end. */
static guint
check_beginning (const BelfryRequestHead *self, const char *bytes, gsize length)
{
  if (length >= BELFRY_REQUEST_HEAD_MAX)
    return self->n_lines == 0 ? TARGET_TOO_LONG : HEAD_TOO_LARGE;
  return length > 0 && !is_token (bytes[0]) ? BAD_REQUEST : OK;
}

guint
belfry_request_head_feed (BelfryRequestHead *self,
                          const char *bytes,
                          gsize length,
                          const BelfryBodyRule *rule)
{
  gsize bound = MIN (length, BELFRY_REQUEST_HEAD_MAX);

  while (self->seen < bound)
    {
      const char *lf = memchr (bytes + self->seen, '\n', bound - self->seen);

      if (lf == NULL)
        break;
      guint status = end_line (self, bytes, (gsize) (lf - bytes), rule);
      if (status != OK)
        return status;
    }
  self->seen = bound;
  return check_beginning (self, bytes, bound);
}

void
belfry_request_head_settle (const BelfryRequestHead *self, char *bytes)
{
  G_STATIC_ASSERT (sizeof SETTLED == sizeof EXPECT);

  if (self->expects_continue)
    memcpy (bytes + self->expect, SETTLED, strlen (SETTLED));
}
