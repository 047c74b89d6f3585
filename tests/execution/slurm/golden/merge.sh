#!/bin/bash

# Parameters
#SBATCH --account=lab
#SBATCH --cpus-per-task=2
#SBATCH --dependency=afterany:1
#SBATCH --job-name=strokerehab-merge-big_one
#SBATCH --mem=8000M
#SBATCH --nodes=1
#SBATCH --open-mode=append
#SBATCH --output=LOGS/%j_0_log.out
#SBATCH --partition=gpu
#SBATCH --qos=long
#SBATCH --requeue
#SBATCH --signal=USR2@90
#SBATCH --time=60

# setup
module load cuda

# command
export SUBMITIT_EXECUTOR=slurm
srun --unbuffered --output LOGS/%j_%t_log.out PYTHON -u -m submitit.core._submit LOGS
