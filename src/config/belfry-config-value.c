/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-config"

#include "config.h"

#include "belfry-config-value.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "belfry-config-listen.h"
#include "belfry-config-nearest.h"
#include "belfry-config-number.h"
#include "belfry-config-text.h"
#include "belfry-log.h"

/* From text to value, one function for each type, chosen by a table. Pure functions on what they
 * are given: any thread. */

#define AUTO_WORD "auto"
#define LIST_SEPARATORS ", \t"

/* What is quoted in a message; the rest of a long value helps nobody. */
#define MAX_QUOTED 64
#define MAX_LIST 256
#define MAX_SECRET 65536
#define MAX_LEVELS 1024

typedef gboolean (*ParseValue) (BelfryConfigValue *self,
                                const BelfryConfigRow *row,
                                const char *text,
                                BelfryConfigComplaint *complaint);
typedef char *(*ParseWord) (const char *word);

static char *
shorten (const char *text)
{
  g_autofree char *hidden = belfry_config_hide_credentials (text);

  if (g_utf8_strlen (hidden, -1) <= MAX_QUOTED)
    return g_steal_pointer (&hidden);
  gsize length = (gsize) (g_utf8_offset_to_pointer (hidden, MAX_QUOTED) - hidden);
  g_autofree char *head = g_strndup (hidden, length);
  return g_strconcat (head, "…", NULL);
}

static gboolean
refuse (BelfryConfigComplaint *complaint, const BelfryConfigRow *row, const char *text)
{
  g_autofree char *expected = belfry_config_table_describe (row);
  g_autofree char *quoted = shorten (text);

  complaint->message = g_strdup_printf (_ ("“%s” is wrong: expected %s"), quoted, expected);
  return FALSE;
}

static gboolean
refuse_unseen (BelfryConfigComplaint *complaint, const BelfryConfigRow *row)
{
  g_autofree char *expected = belfry_config_table_describe (row);

  complaint->message = g_strdup_printf (_ ("expected %s"), expected);
  return FALSE;
}

static gboolean
refuse_word (BelfryConfigComplaint *complaint, const BelfryConfigRow *row, const char *text)
{
  BelfryConfigNearest nearest;

  belfry_config_nearest_init (&nearest, text);
  for (gsize i = 0; row->words[i] != NULL; i++)
    belfry_config_nearest_try (&nearest, row->words[i]);
  complaint->nearest = nearest.best;
  return refuse (complaint, row, text);
}

static gboolean
parse_boolean (BelfryConfigValue *self,
               const BelfryConfigRow *row,
               const char *text,
               BelfryConfigComplaint *complaint)
{
  if (!belfry_config_parse_boolean (text, &self->number))
    return refuse (complaint, row, text);
  self->text = belfry_config_format_boolean (self->number);
  return TRUE;
}

static gboolean
is_in_bounds (const BelfryConfigRow *row, gint64 number)
{
  return (number >= row->minimum && number <= row->maximum) ||
         (number == 0 && (row->flags & BELFRY_CONFIG_ZERO));
}

static gboolean
parse_integer (BelfryConfigValue *self,
               const BelfryConfigRow *row,
               const char *text,
               BelfryConfigComplaint *complaint)
{
  if ((row->flags & BELFRY_CONFIG_AUTO) && g_ascii_strcasecmp (text, AUTO_WORD) == 0)
    {
      self->text = g_strdup (AUTO_WORD);
      return TRUE;
    }
  if (!belfry_config_parse_integer (text, &self->number) || !is_in_bounds (row, self->number))
    return refuse (complaint, row, text);
  self->text = belfry_config_format_integer (self->number);
  return TRUE;
}

static gboolean
parse_duration (BelfryConfigValue *self,
                const BelfryConfigRow *row,
                const char *text,
                BelfryConfigComplaint *complaint)
{
  if (!belfry_config_parse_duration (text, &self->number) || !is_in_bounds (row, self->number))
    return refuse (complaint, row, text);
  self->text = belfry_config_format_duration (self->number);
  return TRUE;
}

static gboolean
parse_size (BelfryConfigValue *self,
            const BelfryConfigRow *row,
            const char *text,
            BelfryConfigComplaint *complaint)
{
  if (!belfry_config_parse_size (text, &self->number) || !is_in_bounds (row, self->number))
    return refuse (complaint, row, text);
  self->text = belfry_config_format_size (self->number);
  return TRUE;
}

static gboolean
parse_enum (BelfryConfigValue *self,
            const BelfryConfigRow *row,
            const char *text,
            BelfryConfigComplaint *complaint)
{
  for (gsize i = 0; row->words[i] != NULL; i++)
    {
      if (strcmp (row->words[i], text) == 0)
        {
          self->number = (gint64) i;
          self->text = g_strdup (text);
          return TRUE;
        }
    }
  return refuse_word (complaint, row, text);
}

static gboolean
parse_text (BelfryConfigValue *self,
            const BelfryConfigRow *row,
            const char *text,
            BelfryConfigComplaint *complaint)
{
  if (strlen (text) > (gsize) row->maximum)
    {
      complaint->message =
          g_strdup_printf (_ ("longer than %d bytes: expected a shorter text"), (int) row->maximum);
      return FALSE;
    }
  self->text = g_strdup (text);
  return TRUE;
}

static gboolean
parse_url (BelfryConfigValue *self,
           const BelfryConfigRow *row,
           const char *text,
           BelfryConfigComplaint *complaint)
{
  self->text = belfry_config_parse_url (text, row->words);
  return self->text != NULL || refuse_unseen (complaint, row);
}

static gboolean
parse_path (BelfryConfigValue *self,
            const BelfryConfigRow *row,
            const char *text,
            BelfryConfigComplaint *complaint)
{
  self->text = belfry_config_parse_path (text);
  return self->text != NULL || refuse (complaint, row, text);
}

/* A secret put where its file's name belongs must not come out in the message. */
static gboolean
parse_secret_file (BelfryConfigValue *self,
                   const BelfryConfigRow *row,
                   const char *text,
                   BelfryConfigComplaint *complaint)
{
  self->text = belfry_config_parse_path (text);
  return self->text != NULL || refuse_unseen (complaint, row);
}

static gboolean
parse_credential (BelfryConfigValue *self,
                  const BelfryConfigRow *row,
                  const char *text,
                  BelfryConfigComplaint *complaint)
{
  self->text = belfry_config_parse_credential (text);
  return self->text != NULL || refuse_unseen (complaint, row);
}

static gboolean
parse_secret (BelfryConfigValue *self,
              const BelfryConfigRow *row,
              const char *text,
              BelfryConfigComplaint *complaint)
{
  gsize length = strlen (text);

  if (length > MAX_SECRET)
    {
      complaint->message =
          g_strdup_printf (_ ("longer than %d bytes: expected a shorter secret"), MAX_SECRET);
      return FALSE;
    }
  self->secret = belfry_secret_new (text, length);
  self->text = g_strdup ("");
  return TRUE;
}

static gboolean
parse_levels (BelfryConfigValue *self,
              const BelfryConfigRow *row,
              const char *text,
              BelfryConfigComplaint *complaint)
{
  if (strlen (text) > MAX_LEVELS || !belfry_log_check_levels (text, NULL))
    return refuse (complaint, row, text);
  self->text = g_strdup (text);
  return TRUE;
}

static char **
split_list (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  while (*(text += strspn (text, LIST_SEPARATORS)) != '\0')
    {
      gsize length = strcspn (text, LIST_SEPARATORS);
      g_autofree char *word = g_strndup (text, length);

      g_strv_builder_add (builder, word);
      text += length;
    }
  return g_strv_builder_end (builder);
}

static gboolean
refuse_twice (BelfryConfigComplaint *complaint, const char *word)
{
  g_autofree char *quoted = shorten (word);

  complaint->message = g_strdup_printf (_ ("“%s” is there twice"), quoted);
  return FALSE;
}

/* Replaces each word by its canonical form; none may come twice. */
static gboolean
parse_words (BelfryConfigValue *self,
             const BelfryConfigRow *row,
             const char *text,
             ParseWord parse_word,
             BelfryConfigComplaint *complaint)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  self->words = split_list (text);
  if (g_strv_length (self->words) > MAX_LIST)
    {
      complaint->message = g_strdup_printf (_ ("more than %d entries"), MAX_LIST);
      return FALSE;
    }
  for (gsize i = 0; self->words[i] != NULL; i++)
    {
      char *canonical = parse_word (self->words[i]);

      if (canonical == NULL)
        return refuse (complaint, row, self->words[i]);
      g_free (self->words[i]);
      self->words[i] = canonical;
      if (!g_hash_table_add (seen, canonical))
        return refuse_twice (complaint, canonical);
    }
  self->text = g_strjoinv (", ", self->words);
  return TRUE;
}

static gboolean
parse_origins (BelfryConfigValue *self,
               const BelfryConfigRow *row,
               const char *text,
               BelfryConfigComplaint *complaint)
{
  return parse_words (self, row, text, belfry_config_parse_origin, complaint);
}

static gboolean
parse_names (BelfryConfigValue *self,
             const BelfryConfigRow *row,
             const char *text,
             BelfryConfigComplaint *complaint)
{
  return parse_words (self, row, text, belfry_config_parse_name, complaint);
}

static gboolean
parse_paths (BelfryConfigValue *self,
             const BelfryConfigRow *row,
             const char *text,
             BelfryConfigComplaint *complaint)
{
  return parse_words (self, row, text, belfry_config_parse_path, complaint);
}

static gboolean
parse_networks (BelfryConfigValue *self,
                const BelfryConfigRow *row,
                const char *text,
                BelfryConfigComplaint *complaint)
{
  if (!parse_words (self, row, text, belfry_config_parse_network, complaint))
    return FALSE;
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  for (gsize i = 0; self->words[i] != NULL; i++)
    {
      GInetAddressMask *mask = g_inet_address_mask_new_from_string (self->words[i], NULL);

      if (mask != NULL)
        g_ptr_array_add (self->items, mask);
    }
  return TRUE;
}

static gboolean
parse_choices (BelfryConfigValue *self,
               const BelfryConfigRow *row,
               const char *text,
               BelfryConfigComplaint *complaint)
{
  if (!parse_words (self, row, text, (ParseWord) g_strdup, complaint))
    return FALSE;
  for (gsize i = 0; self->words[i] != NULL; i++)
    {
      if (!g_strv_contains (row->words, self->words[i]))
        return refuse_word (complaint, row, self->words[i]);
    }
  return TRUE;
}

static char *
canonical_listen (const char *word)
{
  g_autoptr (BelfryConfigListen) listen = belfry_config_listen_parse (word);

  return listen != NULL ? belfry_config_listen_to_string (listen) : NULL;
}

/* Whether the last of the list opens a socket that an earlier one opens, too. */
static gboolean
last_overlaps (const GPtrArray *list)
{
  for (guint i = 0; i + 1 < list->len; i++)
    {
      if (belfry_config_listen_overlaps (list->pdata[i], list->pdata[list->len - 1]))
        return TRUE;
    }
  return FALSE;
}

static gboolean
parse_listen (BelfryConfigValue *self,
              const BelfryConfigRow *row,
              const char *text,
              BelfryConfigComplaint *complaint)
{
  if (!parse_words (self, row, text, canonical_listen, complaint))
    return FALSE;
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_config_listen_free);
  for (gsize i = 0; self->words[i] != NULL; i++)
    {
      g_ptr_array_add (self->items, belfry_config_listen_parse (self->words[i]));
      if (last_overlaps (self->items))
        return refuse_twice (complaint, self->words[i]);
    }
  return TRUE;
}

typedef struct
{
  ParseValue parse;
  gboolean may_be_empty; /* an empty text is an empty value; else it is refused */
  gboolean is_hidden;    /* the value is not quoted in messages, and may hold anything */
} TypeTraits;

static const TypeTraits types[] = {
  [BELFRY_CONFIG_TYPE_BOOLEAN] = { parse_boolean },
  [BELFRY_CONFIG_TYPE_INTEGER] = { parse_integer },
  [BELFRY_CONFIG_TYPE_DURATION] = { parse_duration },
  [BELFRY_CONFIG_TYPE_SIZE] = { parse_size },
  [BELFRY_CONFIG_TYPE_ENUM] = { parse_enum },
  [BELFRY_CONFIG_TYPE_TEXT] = { parse_text, TRUE },
  [BELFRY_CONFIG_TYPE_PATH] = { parse_path, TRUE },
  [BELFRY_CONFIG_TYPE_URL] = { parse_url, TRUE },
  [BELFRY_CONFIG_TYPE_LOG_LEVELS] = { parse_levels },
  [BELFRY_CONFIG_TYPE_LISTEN] = { parse_listen, TRUE },
  [BELFRY_CONFIG_TYPE_ORIGINS] = { parse_origins, TRUE },
  [BELFRY_CONFIG_TYPE_NETWORKS] = { parse_networks, TRUE },
  [BELFRY_CONFIG_TYPE_NAMES] = { parse_names, TRUE },
  [BELFRY_CONFIG_TYPE_PATHS] = { parse_paths, TRUE },
  [BELFRY_CONFIG_TYPE_CHOICES] = { parse_choices, TRUE },
  [BELFRY_CONFIG_TYPE_SECRET] = { parse_secret, TRUE, TRUE },
  [BELFRY_CONFIG_TYPE_SECRET_FILE] = { parse_secret_file, TRUE },
  [BELFRY_CONFIG_TYPE_CREDENTIAL] = { parse_credential, TRUE },
};
G_STATIC_ASSERT (G_N_ELEMENTS (types) == BELFRY_CONFIG_N_TYPES);

/* What no type needs to look for itself. */
static gboolean
is_acceptable (const BelfryConfigRow *row, const char *text, BelfryConfigComplaint *complaint)
{
  const TypeTraits *type = &types[row->type];

  if (*text == '\0' && (!type->may_be_empty || (row->flags & BELFRY_CONFIG_REQUIRED)))
    {
      g_autofree char *expected = belfry_config_table_describe (row);

      complaint->message = g_strdup_printf (_ ("must not be empty: expected %s"), expected);
      return FALSE;
    }
  if (type->is_hidden)
    return TRUE;
  if (!g_utf8_validate (text, -1, NULL) || belfry_config_has_control (text))
    {
      complaint->message = g_strdup (_ ("expected UTF-8 text without control characters"));
      return FALSE;
    }
  return TRUE;
}

/* An empty value still has its list, so that nobody needs to look for NULL. */
static void
make_empty (BelfryConfigValue *self, const BelfryConfigRow *row)
{
  BelfryConfigComplaint ignored = { NULL };

  switch (row->type)
    {
    case BELFRY_CONFIG_TYPE_ORIGINS:
    case BELFRY_CONFIG_TYPE_NETWORKS:
    case BELFRY_CONFIG_TYPE_NAMES:
    case BELFRY_CONFIG_TYPE_PATHS:
      types[row->type].parse (self, row, "", &ignored);
      break;
    default:
      self->text = g_strdup ("");
    }
}

void
belfry_config_complaint_clear (BelfryConfigComplaint *self)
{
  g_clear_pointer (&self->message, g_free);
  self->nearest = NULL;
}

gboolean
belfry_config_value_parse (BelfryConfigValue *self,
                           const BelfryConfigRow *row,
                           const char *text,
                           BelfryConfigComplaint *complaint)
{
  g_auto (BelfryConfigValue) parsed = { NULL };

  if (!is_acceptable (row, text, complaint))
    return FALSE;
  if (*text == '\0')
    make_empty (&parsed, row);
  else if (!types[row->type].parse (&parsed, row, text, complaint))
    return FALSE;
  if (*parsed.text == '\0' && (row->flags & BELFRY_CONFIG_REQUIRED))
    return is_acceptable (row, "", complaint);
  *self = parsed;
  parsed = (BelfryConfigValue){ NULL };
  return TRUE;
}

void
belfry_config_value_copy (BelfryConfigValue *self, const BelfryConfigValue *from)
{
  self->text = g_strdup (from->text);
  self->number = from->number;
  self->words = g_strdupv (from->words);
  self->items = from->items != NULL ? g_ptr_array_ref (from->items) : NULL;
  self->secret = from->secret != NULL ? belfry_secret_ref (from->secret) : NULL;
  belfry_config_origin_copy (&self->origin, &from->origin);
  self->is_set = from->is_set;
}

void
belfry_config_value_clear (BelfryConfigValue *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->words, g_strfreev);
  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->secret, belfry_secret_unref);
  belfry_config_origin_clear (&self->origin);
  self->number = 0;
  self->is_set = FALSE;
}

gboolean
belfry_config_value_equal (const BelfryConfigValue *a, const BelfryConfigValue *b)
{
  if ((a->secret == NULL) != (b->secret == NULL))
    return FALSE;
  if (a->secret != NULL && !belfry_secret_equal (a->secret, b->secret))
    return FALSE;
  return strcmp (a->text, b->text) == 0;
}

char *
belfry_config_value_show (const BelfryConfigValue *self, const BelfryConfigRow *row)
{
  return row->type == BELFRY_CONFIG_TYPE_URL ? belfry_config_redact_url (self->text)
                                             : g_strdup (self->text);
}
