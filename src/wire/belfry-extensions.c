/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-extensions"

#include "config.h"

#include "belfry-extensions.h"

#include <string.h>

/* Agreeing on permessage-deflate: RFC 6455, section 9.1, and RFC 7692, section 7.1.
 *
 * The answer always says that neither side keeps its context, which a server may do whether or not
 * the client offered it. Without a context of ours one compressed message serves all subscribers;
 * without the client's a connection holds no window of 32 KiB. Both are worth far more than the few
 * bytes that a context saves. The windows of clients are left alone: our inflater has the largest.
 */

#define EXTENSION "permessage-deflate"

#define MIN_WINDOW_BITS 8
#define MAX_WINDOW_BITS 15

/* Longer than any name or value that means something to us. */
#define WORD_MAX 32

typedef struct
{
  const char *p;   /* (unowned) */
  const char *end; /* (unowned) */
} Cursor;

/* A token. One that is too long keeps its length but not its end, and is equal to nothing. */
typedef struct
{
  char text[WORD_MAX];
  gsize length;
} Word;

typedef enum
{
  VALUE_NONE,
  VALUE_BITS,
  VALUE_OPTIONAL_BITS,
} ValueRule;

typedef struct
{
  const char *name; /* (unowned) */
  ValueRule rule;
} Parameter;

typedef enum
{
  SERVER_NO_CONTEXT_TAKEOVER,
  CLIENT_NO_CONTEXT_TAKEOVER,
  SERVER_MAX_WINDOW_BITS,
  CLIENT_MAX_WINDOW_BITS,
  N_PARAMETERS,
} ParameterId;

static const Parameter parameters[] = {
  [SERVER_NO_CONTEXT_TAKEOVER] = { "server_no_context_takeover", VALUE_NONE },
  [CLIENT_NO_CONTEXT_TAKEOVER] = { "client_no_context_takeover", VALUE_NONE },
  [SERVER_MAX_WINDOW_BITS] = { "server_max_window_bits", VALUE_BITS },
  [CLIENT_MAX_WINDOW_BITS] = { "client_max_window_bits", VALUE_OPTIONAL_BITS },
};
G_STATIC_ASSERT (G_N_ELEMENTS (parameters) == N_PARAMETERS);

typedef struct
{
  gboolean acceptable;
  guint seen; /* one bit a #ParameterId */
  BelfryDeflateTerms terms;
} Offer;

static gboolean
is_token_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`|~", c) != NULL);
}

static void
skip_space (Cursor *self)
{
  while (self->p < self->end && (*self->p == ' ' || *self->p == '\t'))
    self->p++;
}

static gboolean
skip_char (Cursor *self, char c)
{
  skip_space (self);
  if (self->p == self->end || *self->p != c)
    return FALSE;
  self->p++;
  skip_space (self);
  return TRUE;
}

static void
word_append (Word *self, char c)
{
  if (self->length < sizeof self->text)
    self->text[self->length] = c;
  self->length++;
}

static gboolean
word_equals (const Word *self, const char *text)
{
  return self->length == strlen (text) && memcmp (self->text, text, self->length) == 0;
}

static gboolean
read_token (Cursor *self, Word *word)
{
  word->length = 0;
  while (self->p < self->end && is_token_char (*self->p))
    word_append (word, *self->p++);
  return word->length > 0;
}

/* What stands within the quotes must be a token, too. */
static gboolean
read_quoted (Cursor *self, Word *word)
{
  word->length = 0;
  while (self->p < self->end && *self->p != '"')
    {
      if (*self->p == '\\')
        self->p++;
      if (self->p == self->end || !is_token_char (*self->p))
        return FALSE;
      word_append (word, *self->p++);
    }
  return word->length > 0 && skip_char (self, '"');
}

/* Decimal, without leading zeros. 0 for what is none of it. */
static guint8
parse_window_bits (const Word *value)
{
  guint bits = 0;

  if (value->length == 0 || value->length > 2 || value->text[0] == '0')
    return 0;
  for (gsize i = 0; i < value->length; i++)
    {
      if (!g_ascii_isdigit (value->text[i]))
        return 0;
      bits = bits * 10 + (guint) (value->text[i] - '0');
    }
  return bits >= MIN_WINDOW_BITS && bits <= MAX_WINDOW_BITS ? (guint8) bits : 0;
}

static gboolean
value_fits (ValueRule rule, gboolean has_value, const Word *value)
{
  if (!has_value)
    return rule != VALUE_BITS;
  return rule != VALUE_NONE && parse_window_bits (value) != 0;
}

static gboolean
find_parameter (const Word *name, guint *id)
{
  for (*id = 0; *id < N_PARAMETERS; (*id)++)
    {
      if (word_equals (name, parameters[*id].name))
        return TRUE;
    }
  return FALSE;
}

static void
take_parameter (Offer *offer, const Word *name, gboolean has_value, const Word *value)
{
  guint id;

  if (!find_parameter (name, &id) || (offer->seen & 1u << id) != 0 ||
      !value_fits (parameters[id].rule, has_value, value))
    {
      offer->acceptable = FALSE;
      return;
    }
  offer->seen |= 1u << id;
  if (id == SERVER_MAX_WINDOW_BITS)
    offer->terms = (BelfryDeflateTerms){ parse_window_bits (value), 1 };
}

static gboolean
read_parameter (Cursor *cursor, Offer *offer)
{
  Word name;
  Word value = { .length = 0 };

  if (!read_token (cursor, &name))
    return FALSE;
  gboolean has_value = skip_char (cursor, '=');
  if (has_value)
    {
      gboolean quoted = cursor->p < cursor->end && *cursor->p == '"';

      cursor->p += quoted ? 1 : 0;
      if (!(quoted ? read_quoted (cursor, &value) : read_token (cursor, &value)))
        return FALSE;
    }
  take_parameter (offer, &name, has_value, &value);
  return TRUE;
}

static gboolean
read_offer (Cursor *cursor, Offer *offer)
{
  Word name;

  if (!read_token (cursor, &name))
    return FALSE;
  *offer = (Offer){ .acceptable = word_equals (&name, EXTENSION), .terms = { MAX_WINDOW_BITS, 0 } };
  while (skip_char (cursor, ';'))
    {
      if (!read_parameter (cursor, offer))
        return FALSE;
    }
  return TRUE;
}

BelfryExtensionsAnswer
belfry_extensions_negotiate (const char *header, gsize length, BelfryDeflateTerms *terms)
{
  BelfryExtensionsAnswer answer = BELFRY_EXTENSIONS_DECLINED;
  Cursor cursor = { header, header + length };
  Offer offer;

  if (length > BELFRY_EXTENSIONS_MAX)
    return BELFRY_EXTENSIONS_DECLINED;
  skip_space (&cursor);
  while (cursor.p < cursor.end)
    {
      /* An element of a list may be empty: RFC 9110, section 5.6.1. */
      if (skip_char (&cursor, ','))
        continue;
      if (!read_offer (&cursor, &offer))
        return BELFRY_EXTENSIONS_MALFORMED;
      skip_space (&cursor);
      if (cursor.p < cursor.end && *cursor.p != ',')
        return BELFRY_EXTENSIONS_MALFORMED;
      if (offer.acceptable && answer == BELFRY_EXTENSIONS_DECLINED)
        {
          *terms = offer.terms;
          answer = BELFRY_EXTENSIONS_DEFLATE;
        }
    }
  return answer;
}

char *
belfry_deflate_terms_to_header (const BelfryDeflateTerms *terms)
{
  GString *header = g_string_new (EXTENSION);

  g_string_append_printf (header, "; %s; %s", parameters[SERVER_NO_CONTEXT_TAKEOVER].name,
                          parameters[CLIENT_NO_CONTEXT_TAKEOVER].name);
  if (terms->asked)
    g_string_append_printf (header, "; %s=%u", parameters[SERVER_MAX_WINDOW_BITS].name,
                            terms->window_bits);
  return g_string_free (header, FALSE);
}

gboolean
belfry_deflate_terms_allow (const BelfryDeflateTerms *terms, gsize length)
{
  return terms->window_bits >= MAX_WINDOW_BITS || length <= (gsize) 1 << terms->window_bits;
}
