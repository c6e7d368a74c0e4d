/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-reader.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Reads the lines of one file. Not GKeyFile, because that tells no line numbers, lets the second of
 * two equal keys win in silence, and knows no comments behind a value. Used on the loading thread,
 * on the stack; knows nothing of which groups and keys there are. What a line holds is never
 * repeated in a message: it may be a secret whose key was mistyped. */

/* Longer than any list one would write by hand; a certificate pasted into one line is a mistake. */
#define MAX_LINE 16384
#define MAX_ENTRIES 10000
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

typedef enum
{
  STATE_OUTSIDE,
  STATE_INSIDE,
  STATE_SKIPPING, /* the group's own line was wrong: what follows is not looked at */
} ReaderState;

typedef struct
{
  BelfryConfigProblems *problems; /* (unowned) */
  GPtrArray *entries;             /* (element-type BelfryConfigEntry) (unowned) */
  GHashTable *seen;               /* (element-type utf8 uint) (owned): group and key to line */
  BelfryConfigOrigin origin;      /* of the current line */
  ReaderState state;
  char *word;     /* (owned) (nullable): of the current group */
  char *instance; /* (owned) (nullable) */
  char *group;    /* (owned) (nullable): both together */
} Reader;

static void
reader_clear (Reader *self)
{
  g_hash_table_unref (self->seen);
  belfry_config_origin_clear (&self->origin);
  g_free (self->word);
  g_free (self->instance);
  g_free (self->group);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static void
entry_free (BelfryConfigEntry *self)
{
  if (self->value != NULL)
    explicit_bzero (self->value, strlen (self->value));
  g_free (self->word);
  g_free (self->instance);
  g_free (self->key);
  g_free (self->value);
  g_free (self);
}

static void
wipe (char *line)
{
  explicit_bzero (line, strlen (line));
  g_free (line);
}

typedef char SecretLine;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SecretLine, wipe)

static void G_GNUC_PRINTF (3, 4) complain (Reader *self, const char *key, const char *format, ...)
{
  const BelfryConfigPlace place = { &self->origin, self->group, key };
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  belfry_config_problems_error (self->problems, &place, NULL, "%s", message);
}

/* Takes the key and the value. */
static void
add_entry (Reader *self, char *key, char *value)
{
  BelfryConfigEntry *entry = g_new0 (BelfryConfigEntry, 1);

  entry->word = g_strdup (self->word);
  entry->instance = g_strdup (self->instance);
  entry->key = key;
  entry->value = value;
  entry->line = self->origin.line;
  g_ptr_array_add (self->entries, entry);
}

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

static gboolean
is_word (const char *text)
{
  if (*text == '\0')
    return FALSE;
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isalnum (*text) && strchr ("-_.", *text) == NULL)
        return FALSE;
    }
  return TRUE;
}

static const char *
skip_blanks (const char *text)
{
  while (is_blank (*text))
    text++;
  return text;
}

static gboolean
is_end_or_comment (const char *text)
{
  text = skip_blanks (text);
  return *text == '\0' || *text == '#';
}

/* A name may hold brackets, but no white space: the first bracket before white space or the end
 * closes the group. */
static const char *
find_closing_bracket (const char *line)
{
  const char *bracket = strchr (line, ']');

  while (bracket != NULL && bracket[1] != '\0' && !is_blank (bracket[1]))
    bracket = strchr (bracket + 1, ']');
  return bracket;
}

static void
leave_group (Reader *self, ReaderState state)
{
  g_clear_pointer (&self->word, g_free);
  g_clear_pointer (&self->instance, g_free);
  g_clear_pointer (&self->group, g_free);
  self->state = state;
}

/* Takes the inside of the brackets. */
static void
enter_group (Reader *self, char *inside)
{
  char *blank = strpbrk (inside, " \t");

  leave_group (self, STATE_INSIDE);
  self->word = blank != NULL ? g_strndup (inside, (gsize) (blank - inside)) : g_strdup (inside);
  if (blank != NULL)
    self->instance = g_strdup (skip_blanks (blank));
  g_free (inside);
  self->group = self->instance != NULL ? g_strconcat (self->word, " ", self->instance, NULL)
                                       : g_strdup (self->word);
}

static gboolean
is_group (const char *word, const char *instance)
{
  return is_word (word) && (instance == NULL || strpbrk (instance, " \t") == NULL);
}

static void
read_group (Reader *self, const char *line)
{
  const char *end = find_closing_bracket (line);

  leave_group (self, STATE_SKIPPING);
  if (end == NULL || !is_end_or_comment (end + 1))
    {
      complain (self, NULL, _ ("expected a group such as [server], and nothing behind it"));
      return;
    }
  enter_group (self, g_strstrip (g_strndup (line + 1, (gsize) (end - line - 1))));
  if (!is_group (self->word, self->instance))
    {
      leave_group (self, STATE_SKIPPING);
      complain (self, NULL, _ ("expected a group such as [server] or [topic chat.*]"));
      return;
    }
  add_entry (self, NULL, NULL);
}

/* Returns the text between the quotes, or NULL if it has no end, a wrong escape or a tail. */
static char *
unquote (const char *text)
{
  g_autoptr (GString) value = g_string_new (NULL);
  char *result = NULL;

  for (text++; *text != '"' && *text != '\0'; text++)
    {
      if (*text == '\\' && *++text != '"' && *text != '\\')
        break;
      g_string_append_c (value, *text);
    }
  if (*text == '"' && is_end_or_comment (text + 1))
    result = g_strdup (value->str);
  explicit_bzero (value->str, value->len);
  return result;
}

static char *
strip_comment (const char *text)
{
  const char *end = text;

  for (; *end != '\0'; end++)
    {
      if (*end == '#' && (end == text || is_blank (end[-1])))
        break;
    }
  while (end > text && is_blank (end[-1]))
    end--;
  return g_strndup (text, (gsize) (end - text));
}

/* @text is what follows the equals sign. A `#` at once behind it is part of the value. */
static char *
read_value (const char *text)
{
  const char *start = skip_blanks (text);

  if (*start == '"')
    return unquote (start);
  if (*text != '#')
    return strip_comment (start);
  g_autoptr (SecretLine) rest = strip_comment (text + 1);
  return g_strconcat ("#", rest, NULL);
}

static gboolean
is_first (Reader *self, const char *key)
{
  g_autofree char *full = g_strconcat (self->group, " ", key, NULL);
  guint earlier = GPOINTER_TO_UINT (g_hash_table_lookup (self->seen, full));

  if (earlier != 0)
    {
      complain (self, key, _ ("set again: it was set on line %u already"), earlier);
      return FALSE;
    }
  g_hash_table_insert (self->seen, g_steal_pointer (&full), GUINT_TO_POINTER (self->origin.line));
  return TRUE;
}

static void
read_setting (Reader *self, const char *line)
{
  const char *equals = strchr (line, '=');

  if (self->state == STATE_SKIPPING)
    return;
  if (equals == NULL)
    {
      complain (self, NULL, _ ("expected key = value"));
      return;
    }
  g_autofree char *key = g_strchomp (g_strndup (line, (gsize) (equals - line)));
  if (!is_word (key))
    complain (self, NULL, _ ("expected a key of letters, digits and dashes before the ="));
  else if (self->state == STATE_OUTSIDE)
    complain (self, key, _ ("expected a group such as [server] before the first key"));
  else if (is_first (self, key))
    {
      char *value = read_value (equals + 1);

      if (value == NULL)
        complain (self, key,
                  _ ("expected a closing quote, nothing behind it, and no escapes but \\\" "
                     "and \\\\"));
      else
        add_entry (self, g_steal_pointer (&key), value);
    }
}

/* Whether the bytes are text; the line is not looked at if not. */
static gboolean
check_line (Reader *self, const char *line, gsize length)
{
  if (length > MAX_LINE)
    complain (self, NULL, _ ("the line is longer than %d bytes"), MAX_LINE);
  else if (memchr (line, '\0', length) != NULL)
    complain (self, NULL, _ ("a NUL byte: expected text"));
  else if (!g_utf8_validate (line, (gssize) length, NULL))
    complain (self, NULL, _ ("a byte that is not UTF-8"));
  else
    return TRUE;
  return FALSE;
}

static void
read_line (Reader *self, const char *bytes, gsize length)
{
  if (length > 0 && bytes[length - 1] == '\r')
    length--;
  if (!check_line (self, bytes, length))
    return;
  g_autoptr (SecretLine) copy = g_strndup (bytes, length);
  const char *line = skip_blanks (copy);
  if (*line == '\0' || *line == '#' || *line == ';')
    return;
  if (*line == '[')
    read_group (self, line);
  else
    read_setting (self, line);
}

static gboolean
needs_quotes (const char *value)
{
  gsize length = strlen (value);

  if (length == 0)
    return FALSE;
  return value[0] == '"' || value[0] == '#' || is_blank (value[0]) ||
         is_blank (value[length - 1]) || strstr (value, " #") != NULL ||
         strstr (value, "\t#") != NULL;
}

GPtrArray *
belfry_config_reader_read (const char *text,
                           gsize length,
                           GRefString *source,
                           BelfryConfigProblems *problems)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  g_auto (Reader) reader = { .problems = problems, .entries = entries };
  gsize at = 0;

  reader.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  belfry_config_origin_init (&reader.origin, source, 0, NULL);
  if (length >= strlen (BYTE_ORDER_MARK) &&
      memcmp (text, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0)
    at = strlen (BYTE_ORDER_MARK);
  while (at < length)
    {
      const char *end = memchr (text + at, '\n', length - at);
      gsize line_length = end != NULL ? (gsize) (end - text) - at : length - at;

      reader.origin.line++;
      read_line (&reader, text + at, line_length);
      at += line_length + 1;
      if (entries->len >= MAX_ENTRIES)
        {
          complain (&reader, NULL, _ ("more than %d settings in one file"), MAX_ENTRIES);
          break;
        }
    }
  return entries;
}

gboolean
belfry_config_reader_is_key (const char *text)
{
  return is_word (text);
}

void
belfry_config_reader_append_value (GString *text, const char *value)
{
  if (!needs_quotes (value))
    {
      g_string_append (text, value);
      return;
    }
  g_string_append_c (text, '"');
  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_c (text, '\\');
      g_string_append_c (text, *p);
    }
  g_string_append_c (text, '"');
}
