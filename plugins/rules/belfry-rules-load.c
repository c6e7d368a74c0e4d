/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-rules"

#include "config.h"

#include "belfry-rules-load.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "belfry-rules-parser.h"
#include "belfry-rules-problems.h"

/* Where rules come from: a file, or what is built in. Called when the service starts or reloads. */

/* The example that is installed says the same. Clients may not publish to what all of them read. */
static const char built_in[] = "allow subscribe,presence,history public.*\n"
                               "allow subscribe,presence,history user.{sub}.*\n"
                               "allow * admin.* if role admin\n";

static gboolean
fail (const char *path, const char *what, GError **error)
{
  g_set_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING, "%s: %s", path, what);
  return FALSE;
}

/* Reads up to a byte more than a file may have: who writes to it now must not make it endless. */
static gboolean
read_all (int fd, GByteArray *content)
{
  gsize limit = BELFRY_RULES_MAX_FILE + 1;
  gsize length = 0;
  gssize got;

  g_byte_array_set_size (content, (guint) limit);
  do
    {
      got = read (fd, content->data + length, limit - length);
      if (got > 0)
        length += (gsize) got;
    }
  while (length < limit && (got > 0 || (got < 0 && errno == EINTR)));
  g_byte_array_set_size (content, (guint) length);
  return got >= 0;
}

/* Does not wait for a writer if it is a pipe by mistake. */
static gboolean
read_file (const char *path, GByteArray *content, GError **error)
{
  struct stat st;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    return fail (path, g_strerror (errno), error);
  if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    {
      close (fd);
      return fail (path, "expected a regular file", error);
    }
  if (st.st_mode & S_IWOTH)
    {
      close (fd);
      return fail (path, "everybody can write to it, and so allow himself anything", error);
    }
  gboolean good = read_all (fd, content);
  int saved = errno;
  close (fd);
  return good || fail (path, g_strerror (saved), error);
}

BelfryRulesSet *
belfry_rules_load (const char *path, BelfryVerdict otherwise, GError **error)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();

  if (*path == '\0')
    return belfry_rules_load_text (built_in, strlen (built_in), "built-in", otherwise, error);
  if (!read_file (path, content, error))
    return NULL;
  return belfry_rules_load_text ((const char *) content->data, content->len, path, otherwise,
                                 error);
}

BelfryRulesSet *
belfry_rules_load_text (const char *text,
                        gsize length,
                        const char *source,
                        BelfryVerdict otherwise,
                        GError **error)
{
  g_autoptr (BelfryRulesProblems) problems = belfry_rules_problems_new (source);
  g_autoptr (BelfryRulesSet) set = belfry_rules_set_new (otherwise);

  belfry_rules_parse (text, length, set, problems);
  return belfry_rules_problems_end (problems, error) ? g_steal_pointer (&set) : NULL;
}
