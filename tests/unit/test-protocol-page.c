/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-test-protocol-page"

#include "config.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-paper-core.h"
#include "belfry-test.h"

/* The examples of doc/protocol.md, each of them, with real dialects and a core of paper. */

#define GET "GET "
#define LAST_EVENT_ID "Last-Event-ID: "

typedef struct
{
  BelfryPaperCore *core; /* (owned) (nullable): NULL outside of a block */
  GString *target;       /* (owned): of an event stream that is being asked for */
  char *last_event_id;   /* (owned) (nullable) */
  guint line;
  guint n_blocks;
  guint n_lines;
} Page;

typedef struct
{
  const char *word;
  const BelfryDialect *dialect; /* (unowned) */
} Mark;

static const Mark marks[] = {
  { "action", &belfry_dialect_action },
  { "typed", &belfry_dialect_typed },
  { "envelope", &belfry_dialect_typed_envelope },
  { "events", &belfry_dialect_event_stream },
};

static char *
read_page (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "doc", "protocol.md", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* EPOCH on the page is an epoch in the dialects. */
static char *
with_epoch (const char *line)
{
  g_auto (GStrv) parts = g_strsplit (line, "EPOCH", -1);
  char epoch[BELFRY_EPOCH_LENGTH + 1];

  belfry_epoch_format (BELFRY_PAPER_EPOCH, epoch);
  return g_strjoinv (epoch, parts);
}

static void
assert_all_told (Page *page)
{
  g_autofree char *more = belfry_paper_core_next (page->core);

  if (more != NULL)
    g_error ("doc/protocol.md:%u: the client is told more: %s", page->line, more);
}

static void
client_line (Page *page, const char *line)
{
  assert_all_told (page);
  if (g_str_has_prefix (line, GET))
    g_string_assign (page->target, line + strlen (GET));
  else if (g_str_has_prefix (line, LAST_EVENT_ID))
    page->last_event_id = g_strdup (line + strlen (LAST_EVENT_ID));
  else if (*line == '\0' && page->target->len > 0)
    belfry_paper_core_get (page->core, page->target->str, page->last_event_id);
  else
    belfry_paper_core_say (page->core, line);
}

static void
server_line (Page *page, const char *line)
{
  g_autofree char *told = belfry_paper_core_next (page->core);

  if (g_strcmp0 (told, line) != 0)
    g_error ("doc/protocol.md:%u: the client is told\n%s\nand not\n%s", page->line, told, line);
}

static void
outside_line (Page *page, const char *line)
{
  assert_all_told (page);
  if (!belfry_paper_core_happen (page->core, line))
    g_error ("doc/protocol.md:%u: nobody knows what it is to %s", page->line, line);
}

/* An example's line, and those that continue it, which begin with spaces. */
static char *
join_lines (char **lines)
{
  GString *joined = g_string_new (lines[0]);

  for (gsize i = 1; lines[i] != NULL && g_str_has_prefix (lines[i], "  "); i++)
    g_string_append (joined, lines[i] + strspn (lines[i], " "));
  return g_string_free (joined, FALSE);
}

static void
example_line (Page *page, char **lines)
{
  g_autofree char *joined = join_lines (lines);
  g_autofree char *line = with_epoch (joined);
  const char *rest = line[0] != '\0' && line[1] == ' ' ? line + 2 : line + strlen (line);

  page->n_lines++;
  if (line[0] == '>')
    client_line (page, rest);
  else if (line[0] == '<')
    server_line (page, rest);
  else if (line[0] == '*')
    outside_line (page, rest);
  else
    g_error ("doc/protocol.md:%u: who says this?", page->line);
}

static void
begin_block (Page *page, const char *info)
{
  g_auto (GStrv) words = g_strsplit (info, " ", 2);
  gboolean signed_in = g_strcmp0 (words[0] != NULL ? words[1] : NULL, "signed-in") == 0;

  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      if (g_strcmp0 (marks[i].word, words[0]) == 0)
        page->core = belfry_paper_core_new (marks[i].dialect, signed_in);
    }
  if (page->core == NULL)
    g_error ("doc/protocol.md:%u: what is an example of “%s”?", page->line, info);
  page->n_blocks++;
}

static void
end_block (Page *page)
{
  assert_all_told (page);
  g_clear_pointer (&page->core, belfry_paper_core_free);
  g_clear_pointer (&page->last_event_id, g_free);
  g_string_truncate (page->target, 0);
}

/* What the page shows is what happens, to the byte, in every example. */
static void
test_examples (void)
{
  g_autofree char *text = read_page ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) target = g_string_new (NULL);
  Page page = { .target = target };
  gboolean is_api = FALSE; /* which no dialect speaks */

  for (gsize i = 0; lines[i] != NULL; i++)
    {
      page.line = (guint) i + 1;
      if (is_api || g_str_equal (lines[i], "```http"))
        is_api = !g_str_equal (lines[i], "```");
      else if (g_str_has_prefix (lines[i], "```") && page.core == NULL)
        begin_block (&page, lines[i] + 3);
      else if (g_str_has_prefix (lines[i], "```"))
        end_block (&page);
      else if (page.core != NULL && !g_str_has_prefix (lines[i], "  "))
        example_line (&page, &lines[i]);
    }
  g_assert_null (page.core);
  g_assert_cmpuint (page.n_blocks, >=, 10);
  g_assert_cmpuint (page.n_lines, >=, 100);
}

/* The list of codes on the page is the list that there is. */
static void
test_codes (void)
{
  g_autofree char *text = read_page ();

  for (int code = 0; code <= BELFRY_ERROR_INTERNAL; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (BELFRY_ERROR, code, "");
      g_autofree char *row = g_strdup_printf ("\n| `%s` |", belfry_error_client_code (error));

      if (strstr (text, row) == NULL)
        g_error ("doc/protocol.md does not list %s", belfry_error_client_code (error));
    }
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/protocol-page/examples", test_examples);
  belfry_test_add ("/protocol-page/codes", test_codes);
  return g_test_run ();
}
