/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-dotenv.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-names.h"

/* Reads `.env` files, which other programs read, too: what is not ours must be skipped exactly, as
 * must a quoted value of several lines. Nothing is expanded. Used on the loading thread, on the
 * stack. Never repeats a value in a message. */

#define EXPORT "export"

/* What other programs call theirs. */
#define NAME_SIGNS "_-."
#define MAX_VARIABLES 10000

typedef struct
{
  const char *at; /* (unowned): the next byte; the text ends with a NUL byte */
  guint line;
  GString *value;                 /* (unowned): of the current variable */
  GRefString *source;             /* (unowned) */
  BelfryConfigProblems *problems; /* (unowned) */
} Scanner;

static void
complain (Scanner *self, guint line, const char *name, const char *message)
{
  g_auto (BelfryConfigOrigin) origin = { NULL };
  const BelfryConfigPlace place = { &origin, NULL, NULL };

  belfry_config_origin_init (&origin, self->source, line, name);
  belfry_config_problems_error (self->problems, &place, NULL, "%s", message);
}

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

static void
skip_blanks (Scanner *self)
{
  while (is_blank (*self->at))
    self->at++;
}

static void
skip_line (Scanner *self)
{
  self->at += strcspn (self->at, "\n");
}

static gsize
name_length (const char *text)
{
  gsize length = 0;

  if (!g_ascii_isalpha (*text) && *text != '_')
    return 0;
  while (g_ascii_isalnum (text[length]) ||
         (text[length] != '\0' && strchr (NAME_SIGNS, text[length]) != NULL))
    length++;
  return length;
}

static void
skip_export (Scanner *self)
{
  gsize length = strlen (EXPORT);

  if (strncmp (self->at, EXPORT, length) == 0 && is_blank (self->at[length]))
    {
      self->at += length;
      skip_blanks (self);
    }
}

static char
unescape (char c)
{
  switch (c)
    {
    case 'n':
      return '\n';
    case '"':
    case '\\':
    case '$':
      return c;
    default:
      return '\0';
    }
}

/* Returns whether the quote was closed. An escape that means nothing stays as it is. */
static gboolean
read_quoted (Scanner *self)
{
  char quote = *self->at++;

  for (; *self->at != '\0'; self->at++)
    {
      if (*self->at == quote)
        {
          self->at++;
          return TRUE;
        }
      if (*self->at == '\n')
        self->line++;
      if (quote == '"' && *self->at == '\\' && unescape (self->at[1]) != '\0')
        g_string_append_c (self->value, unescape (*++self->at));
      else
        g_string_append_c (self->value, *self->at);
    }
  return FALSE;
}

static void
read_bare (Scanner *self)
{
  const char *start = self->at;
  const char *end = start;

  for (; *end != '\0' && *end != '\n'; end++)
    {
      if (*end == '#' && (end == start || is_blank (end[-1])))
        break;
    }
  self->at = end;
  while (end > start && is_blank (end[-1]))
    end--;
  g_string_append_len (self->value, start, end - start);
}

static gboolean
is_ours (const char *name)
{
  return g_str_has_prefix (name, BELFRY_ENV_PREFIX) || strcmp (name, BELFRY_ENV_PORT) == 0 ||
         strcmp (name, BELFRY_ENV_REDIS_URL) == 0 || strcmp (name, BELFRY_ENV_JWT_SECRET) == 0;
}

/* Returns NULL, or what is wrong. What follows the quotes of another program's variable is that
 * program's concern, but where they end is ours. */
static const char *
read_value (Scanner *self, const char *name)
{
  skip_blanks (self);
  if (*self->at != '"' && *self->at != '\'')
    {
      read_bare (self);
      return NULL;
    }
  if (!read_quoted (self))
    return _ ("expected a closing quote");
  skip_blanks (self);
  return *self->at == '\0' || *self->at == '\n' || *self->at == '#' || !is_ours (name)
             ? NULL
             : _ ("expected nothing behind the closing quote");
}

static BelfryConfigVariable *
read_variable (Scanner *self)
{
  guint line = self->line;

  skip_export (self);
  const char *name = self->at;
  gsize length = name_length (name);
  self->at += length;
  skip_blanks (self);
  if (length == 0 || *self->at != '=')
    {
      complain (self, line, NULL, _ ("expected NAME=value"));
      return NULL;
    }
  self->at++;
  g_autofree char *copy = g_strndup (name, length);
  const char *wrong = read_value (self, copy);
  if (wrong != NULL)
    {
      complain (self, line, copy, wrong);
      return NULL;
    }
  return belfry_config_variable_new (name, length, self->value->str, line);
}

static gboolean
check_text (Scanner *self, const char *text, gsize length)
{
  const char *end;

  if (g_utf8_validate (text, (gssize) length, &end))
    return TRUE;
  for (const char *p = text; p < end; p++)
    self->line += *p == '\n' ? 1 : 0;
  complain (self, self->line, NULL,
            *end == '\0' ? _ ("a NUL byte: expected text") : _ ("a byte that is not UTF-8"));
  return FALSE;
}

BelfryConfigVariable *
belfry_config_variable_new (const char *name, gsize length, const char *value, guint line)
{
  BelfryConfigVariable *self = g_new (BelfryConfigVariable, 1);

  self->name = g_strndup (name, length);
  self->value = g_strdup (value);
  self->line = line;
  return self;
}

void
belfry_config_variable_free (BelfryConfigVariable *self)
{
  explicit_bzero (self->value, strlen (self->value));
  g_free (self->name);
  g_free (self->value);
  g_free (self);
}

GPtrArray *
belfry_config_dotenv_read (const char *text,
                           gsize length,
                           GRefString *source,
                           BelfryConfigProblems *problems)
{
  GPtrArray *variables =
      g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_config_variable_free);
  g_autoptr (GString) value = g_string_new (NULL);
  Scanner scanner = { text, 1, value, source, problems };

  if (!check_text (&scanner, text, length))
    return variables;
  while (*scanner.at != '\0' && variables->len < MAX_VARIABLES)
    {
      skip_blanks (&scanner);
      if (*scanner.at != '\n' && *scanner.at != '#' && *scanner.at != '\0')
        {
          BelfryConfigVariable *variable = read_variable (&scanner);

          if (variable != NULL)
            g_ptr_array_add (variables, variable);
          explicit_bzero (value->str, value->len);
          g_string_truncate (value, 0);
        }
      skip_line (&scanner);
      if (*scanner.at == '\n')
        {
          scanner.at++;
          scanner.line++;
        }
    }
  if (variables->len >= MAX_VARIABLES)
    complain (&scanner, scanner.line, NULL, _ ("too many variables"));
  return variables;
}
