/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-fuzz"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "belfry-fuzz-mutate.h"
#include "belfry-fuzz.h"

/* Drives a fuzz target as an ordinary test where libFuzzer is not linked in: first every file of
 * the corpus, then a fixed number of mutations of them. The input that runs is always in a file,
 * which stays there if the program dies of it, whatever it dies of. */

#define DEFAULT_SEED 20260117
#define DEFAULT_RUNS 100000
#define DEFAULT_MAX_LENGTH 4096

typedef struct
{
  char *corpus;     /* (owned) (nullable) */
  char *dictionary; /* (owned) (nullable) */
  char *keep;       /* (owned) (nullable): where the input that runs is written */
  char **files;     /* (owned) (nullable): run these alone */
  gint64 seed;
  int runs;
  int max_length;
} Options;

typedef struct
{
  int fd; /* (owned): -1 if inputs are not kept */
  guint64 runs;
} Runner;

static void
options_clear (Options *self)
{
  g_free (self->corpus);
  g_free (self->dictionary);
  g_free (self->keep);
  g_strfreev (self->files);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static gboolean
parse_options (Options *self, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "corpus", 0, 0, G_OPTION_ARG_FILENAME, &self->corpus, "Inputs to begin with", "FOLDER" },
    { "dictionary", 0, 0, G_OPTION_ARG_FILENAME, &self->dictionary, "Words to insert", "FILE" },
    { "keep", 0, 0, G_OPTION_ARG_FILENAME, &self->keep, "Where a deadly input is left", "FILE" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &self->seed, "Seed of the mutations", "N" },
    { "runs", 0, 0, G_OPTION_ARG_INT, &self->runs, "How many mutations", "N" },
    { "max-length", 0, 0, G_OPTION_ARG_INT, &self->max_length, "Longest mutation", "BYTES" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->files, NULL, "[FILE...]" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, "Runs a fuzz target over a corpus and mutations of it, or "
                                         "over the given files alone.");
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error);
}

static void
keep_input (int fd, const guint8 *data, gsize size)
{
  if (fd >= 0 && (ftruncate (fd, 0) != 0 || pwrite (fd, data, size, 0) != (gssize) size))
    g_error ("cannot keep the input: %s", g_strerror (errno));
}

/* In a block of exactly its size, so that a sanitizer sees one byte too far. */
static void
run_input (Runner *self, const guint8 *data, gsize size)
{
  guint8 *copy = malloc (size);

  if (copy == NULL && size > 0)
    g_error ("no memory for an input of %" G_GSIZE_FORMAT " bytes", size);
  if (size > 0)
    memcpy (copy, data, size);
  keep_input (self->fd, copy, size);
  if (LLVMFuzzerTestOneInput (copy, size) != 0)
    g_error ("the target is to return 0");
  free (copy);
  self->runs++;
}

static void
run_seeds (Runner *self, GPtrArray *seeds)
{
  for (guint i = 0; i < seeds->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (seeds, i), &size);

      run_input (self, data, size);
    }
}

static void
run_mutations (Runner *self, const BelfryFuzzMutator *mutator, int runs)
{
  g_autoptr (GByteArray) input = g_byte_array_new ();

  for (int i = 0; i < runs; i++)
    {
      belfry_fuzz_mutate (mutator, input);
      run_input (self, input->data, input->len);
    }
}

static gboolean
run_files (Runner *self, char **files, GError **error)
{
  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autofree char *content = NULL;
      gsize length;

      if (!g_file_get_contents (files[i], &content, &length, error))
        return FALSE;
      run_input (self, (const guint8 *) content, length);
      g_print ("# %s: done\n", files[i]);
    }
  return TRUE;
}

static gboolean
run_corpus (Runner *self, const Options *options, GError **error)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) options->seed);
  g_autoptr (GPtrArray) seeds = belfry_fuzz_load_folder (options->corpus, error);
  g_autoptr (GPtrArray) words = NULL;

  if (seeds == NULL)
    return FALSE;
  if (options->dictionary != NULL)
    words = belfry_fuzz_load_dictionary (options->dictionary, error);
  else
    words = g_ptr_array_new ();
  if (words == NULL)
    return FALSE;
  if (seeds->len == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s has no files", options->corpus);
      return FALSE;
    }

  BelfryFuzzMutator mutator = { random, seeds, words, (gsize) options->max_length };
  g_print ("1..2\n");
  run_seeds (self, seeds);
  g_print ("ok 1 corpus of %u files\n", seeds->len);
  run_mutations (self, &mutator, options->runs);
  g_print ("ok 2 %d mutations, seed %" G_GINT64_FORMAT "\n", options->runs, options->seed);
  return TRUE;
}

static gboolean
run (Runner *self, const Options *options, GError **error)
{
  if (options->files != NULL)
    return run_files (self, options->files, error);
  if (options->corpus == NULL || options->runs < 0 || options->max_length < 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "a corpus or files are needed, and limits above zero");
      return FALSE;
    }
  return run_corpus (self, options, error);
}

static void
open_keep (Runner *self, const Options *options)
{
  if (options->keep == NULL)
    return;
  self->fd = g_open (options->keep, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (self->fd < 0)
    g_error ("cannot open %s: %s", options->keep, g_strerror (errno));
  g_print ("# the input that runs is in %s\n", options->keep);
}

int
main (int argc, char *argv[])
{
  g_auto (Options)
      options = { .seed = DEFAULT_SEED, .runs = DEFAULT_RUNS, .max_length = DEFAULT_MAX_LENGTH };
  g_autoptr (GError) error = NULL;
  Runner runner = { .fd = -1 };

  setvbuf (stdout, NULL, _IOLBF, 0);
  LLVMFuzzerInitialize (&argc, &argv);
  if (!parse_options (&options, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return EXIT_FAILURE;
    }
  open_keep (&runner, &options);
  gboolean ok = run (&runner, &options, &error);
  if (!ok)
    g_print ("Bail out! %s\n", error->message);
  if (runner.fd >= 0)
    {
      close (runner.fd);
      g_unlink (options.keep);
    }
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
