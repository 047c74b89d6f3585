#!/usr/bin/env bash
#SBATCH --job-name=strokerehab
#SBATCH --cpus-per-task=8
#SBATCH --mem=64G
#SBATCH --time=12:00:00
#SBATCH --output=slurm-%j.out
#SBATCH --open-mode=append
#SBATCH --requeue
# Evaluates models on tasks: `bash evaluate.sh --help`, or `sbatch [--gres=gpu:1] evaluate.sh ...` on a cluster.
# Thin: makes the environment if it is missing, then hands everything to `strokerehab run`.
set -euo pipefail

usage() {
  cat <<'EOF'
Usage: bash evaluate.sh [OPTIONS]

Runs each model on each task, prints tables of scores, and writes a report for a browser. Without options: a demo model and
two baselines, on the demo dataset; that needs no GPU. The first call makes the environment (minutes, 7 GB).

  --model NAMES          comma-separated: cards in models/, or small, medium, big, all
                                                                     (default: rehab_tiny,markov,omniscient)
  --task NAMES           comma-separated: tasks in tasks/strokerehab/, groups of them, or all     (default: all)
  --model_args K=V,...   changes to the card and the task's windows: pretrained=..., max_frames_num=...,
                         sampling_strategy=dense|uniform, sampling_fps=..., overlap_frames_num=...;
                         "K=A|B" runs both values, MODEL:K=V is for one of the models; may be repeated
  --gen_kwargs K=V,...   how models generate, in place of the task's: temperature=..., max_new_tokens=...
  --seeds N              N runs, of the seeds from 0 on, of each model that draws by a seed
  --limit N              only the first N videos of each task
  --data DIR             the dataset                                        (default: the demo dataset)
  --selection NAME       its videos: a name in selections.yaml, or all      (default: the task's own)
  --models DIR           your own model cards, --tasks DIR your own tasks; both come before the project's
  --log_path DIR         where runs are written                     (default: runs, where you are)
  --num_processes N      processes that share the videos                    (default: 1)
  --slurm                submit to Slurm: an array of tasks per model, then a job that merges; see docs/cluster.md
  --shards N|auto        with it: shards of each model's videos             (default: auto)
  --partition, --account, --time, --gres, --at-once    with it; defaults in ~/.config/strokerehab/slurm.yaml, slurm.yaml
  --wandb_args K=V,...   log scores to Weights & Biases, as lmms-eval does  (default: log nothing)
  --dry-run              print what would run: models, tasks, videos, windows, questions; with --slurm the job table
  --debug                show where in the program an error came from
  -h, --help             this text

Every option may be written with hyphens or underscores: --log-path is --log_path.

Examples:
  bash evaluate.sh
  bash evaluate.sh --model omniscient,always_transport,markov --task strokerehab_primitives_3 --limit 4
  bash evaluate.sh --model small --data /path/to/videos --dry-run
  bash evaluate.sh --model small --data /path/to/videos --slurm --partition gpu --time 8:00:00
  bash evaluate.sh --model small \
    --model_args "pretrained=/path/to/checkpoint,max_frames_num=1,sampling_strategy=dense,sampling_fps=1,overlap_frames_num=0"

A run that was cut short resumes where it stopped when the same command is given again. Exit status: 0 done; 2 something
given is wrong; 3 done, but some videos or models had problems, which are listed; 130 stopped by Ctrl-C,
143 by SIGTERM, 129 by SIGHUP; 1 a bug.
STROKEREHAB_ENVS moves the environments; see bash setup_envs.sh --help.
EOF
}

for argument in "$@"; do
  case $argument in
    -h | --help)
      usage
      exit
      ;;
  esac
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
if [ ! -f "$root/setup_envs.sh" ] && [ -n "${SLURM_JOB_ID:-}" ]; then
  root=${SLURM_SUBMIT_DIR:-$PWD} # Slurm runs a copy of this file from its own folder
fi
if [ ! -f "$root/setup_envs.sh" ]; then
  echo "evaluate.sh: setup_envs.sh is not in $root: call sbatch from the project's folder" >&2
  exit 2
fi

bash "$root/setup_envs.sh" strokerehab --quiet
envs=${STROKEREHAB_ENVS:-$root/.envs}
case $envs in \~ | \~/*) envs=$HOME${envs#\~} ;; esac
export STROKEREHAB_ENVS=$envs
export PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH} # this checkout's code, also where the environment is installed for another
exec "$envs/strokerehab/bin/strokerehab" run "$@"
