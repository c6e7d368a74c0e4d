/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-reexec"

#include "config.h"

#include "belfry-reexec.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-handover.h"
#include "belfry-log.h"
#include "belfry-names.h"

/* The order of steps is the whole of it; what each layer writes down is its own matter. Up to
 * execve() every step can be taken back. */
struct _BelfryReexec
{
  const char *const *argv; /* (unowned) */
  char *program;           /* (owned) (nullable): the file that this image was started from */
  BelfryNotify *notify;    /* (unowned) (nullable) */
  BelfrySockets *sockets;  /* (unowned) (nullable) */
  BelfryHub *hub;          /* (unowned) (nullable) */
  BelfryServer *server;    /* (unowned) (nullable) */
};

#define OWN_FILE "/proc/self/exe"

/* How long the new program may take to say that it could run. */
#define TRIAL_PATIENCE (10 * G_USEC_PER_SEC)

/* How long what is under way may take; as long again for what the hub does. */
#define REST_PATIENCE (5 * G_USEC_PER_SEC)

/* Of what the program said when it could not run. */
#define MAX_COMPLAINT 500

/* One attempt. */
typedef struct
{
  BelfryReexec *reexec;   /* (unowned) */
  GSubprocess *trial;     /* (owned) (nullable) */
  GSource *trial_timeout; /* (owned) (nullable) */
} Attempt;

static void
stop_waiting (Attempt *self)
{
  if (self->trial_timeout != NULL)
    g_source_destroy (self->trial_timeout);
  g_clear_pointer (&self->trial_timeout, g_source_unref);
}

static void
attempt_free (gpointer data)
{
  Attempt *self = data;

  stop_waiting (self);
  g_clear_object (&self->trial);
  g_free (self);
}

/* The last step */

static char **
make_environment (const BelfryReexec *self, int memory)
{
  g_autofree char *number = g_strdup_printf ("%d", memory);
  char **environment = belfry_notify_pass_on (self->notify, g_get_environ ());

  return g_environ_setenv (environment, BELFRY_ENV_HANDOVER_FD, number, TRUE);
}

/* Returns only if it fails. */
static void
execute (const BelfryReexec *self, const BelfryHandover *handover, int memory, GError **error)
{
  g_auto (GStrv) environment = make_environment (self, memory);

  belfry_reexec_hold_signals (TRUE);
  if (belfry_handover_keep (handover, memory, TRUE))
    execve (self->program, (char **) self->argv, environment);
  belfry_error_set_errno (error, errno, "calling %s", self->program);
  belfry_handover_keep (handover, memory, FALSE);
  belfry_reexec_hold_signals (FALSE);
}

static void
freeze_and_execute (BelfryReexec *self, GError **error)
{
  g_autoptr (BelfryHandover) handover = belfry_handover_new ();

  if (!belfry_server_freeze (self->server, handover, error))
    return;
  belfry_sockets_save (self->sockets, handover);
  belfry_hub_save (self->hub, belfry_handover_get_writer (handover, BELFRY_HANDOVER_CORE));

  int memory = belfry_handover_seal (handover, error);

  if (memory < 0)
    return;
  execute (self, handover, memory, error);
  close (memory);
}

/* Whoever cancels stops all: there is nothing to go on with. */
static void
on_rested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfryReexec *self = ((Attempt *) g_task_get_task_data (task))->reexec;
  GError *error = NULL;

  if (!belfry_server_rest_finish (BELFRY_SERVER (source), result, &error) ||
      g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    {
      g_task_return_error (task, error);
      return;
    }
  freeze_and_execute (self, &error);
  belfry_server_rouse (self->server);
  g_task_return_error (task, error);
}

/* The trial */

static void
on_tried (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Attempt *attempt = g_task_get_task_data (task);
  g_autofree char *said = NULL;
  GError *error = NULL;
  gboolean ended =
      g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, NULL, &said, &error);
  gboolean good = ended && g_subprocess_get_successful (G_SUBPROCESS (source));

  stop_waiting (attempt);
  if (ended && !good)
    error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_INVALID_CONFIG, "%s says that it cannot: %.*s",
                         attempt->reexec->program, MAX_COMPLAINT,
                         said != NULL ? g_strstrip (said) : "");
  if (good)
    g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  belfry_server_rest_async (attempt->reexec->server, REST_PATIENCE, on_rested, g_object_ref (task));
}

static gboolean
on_trial_timeout (gpointer user_data)
{
  const Attempt *attempt = user_data;

  belfry_log_warning ("%s takes too long to check the configuration", attempt->reexec->program);
  g_subprocess_force_exit (attempt->trial);
  return G_SOURCE_REMOVE;
}

static char **
make_trial_words (const BelfryReexec *self)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  g_strv_builder_add (words, self->program);
  if (self->argv[0] != NULL)
    g_strv_builder_addv (words, (const char **) self->argv + 1);
  g_strv_builder_add (words, "--check");
  return g_strv_builder_end (words);
}

static void
begin_trial (GTask *task, Attempt *attempt)
{
  g_auto (GStrv) words = make_trial_words (attempt->reexec);
  GError *error = NULL;

  attempt->trial =
      g_subprocess_newv ((const char *const *) words,
                         G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                         &error);
  if (attempt->trial == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  attempt->trial_timeout = g_timeout_source_new (TRIAL_PATIENCE / 1000);
  g_source_set_static_name (attempt->trial_timeout, "belfry-reexec-trial");
  g_source_set_callback (attempt->trial_timeout, on_trial_timeout, attempt, NULL);
  g_source_attach (attempt->trial_timeout, g_task_get_context (task));
  g_subprocess_communicate_utf8_async (attempt->trial, NULL, NULL, on_tried, g_object_ref (task));
}

BelfryReexec *
belfry_reexec_new (const char *const *argv)
{
  BelfryReexec *self = g_new0 (BelfryReexec, 1);

  self->argv = argv;
  self->program = g_file_read_link (OWN_FILE, NULL);
  return self;
}

void
belfry_reexec_free (BelfryReexec *self)
{
  g_free (self->program);
  g_free (self);
}

void
belfry_reexec_set_parts (BelfryReexec *self,
                         BelfryNotify *notify,
                         BelfrySockets *sockets,
                         BelfryHub *hub,
                         BelfryServer *server)
{
  self->notify = notify;
  self->sockets = sockets;
  self->hub = hub;
  self->server = server;
}

gboolean
belfry_reexec_is_replaced (const BelfryReexec *self)
{
  struct stat own;
  struct stat other;

  return self->program != NULL && stat (OWN_FILE, &own) == 0 && stat (self->program, &other) == 0 &&
         (own.st_dev != other.st_dev || own.st_ino != other.st_ino);
}

void
belfry_reexec_run_async (BelfryReexec *self,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Attempt *attempt = g_new0 (Attempt, 1);

  g_task_set_source_tag (task, belfry_reexec_run_async);
  g_task_set_check_cancellable (task, FALSE);
  attempt->reexec = self;
  g_task_set_task_data (task, attempt, attempt_free);
  if (self->program == NULL || self->server == NULL)
    g_task_return_new_error (task, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE,
                             "it is not known what to call");
  else
    begin_trial (task, attempt);
}

gboolean
belfry_reexec_run_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_reexec_run_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
belfry_reexec_hold_signals (gboolean hold)
{
  const int held[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR2 };
  sigset_t signals;

  sigemptyset (&signals);
  for (gsize i = 0; i < G_N_ELEMENTS (held); i++)
    sigaddset (&signals, held[i]);
  pthread_sigmask (hold ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
}
